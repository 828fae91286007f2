import type { Finding, Status } from "../../src/finding.ts";
import type { ScanReport } from "../../src/scan.ts";

/** What a hostile target writes into evidence, in the hope that a report carries it out. */
export const hostileEvidence = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "'\"><svg/onload=alert(1)>",
  "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
  "`](https://evil.example) ![x](https://evil.example/x.png)",
  "\u001b[2J\u001b]0;owned\u0007",
  "first line\r\nsecond line\u2028third",
  "\u202egnirts desrever",
  "SARIF_BUILDER_INVALID",
  "\ud800 half a character",
].join(" ");

/** A finding as a check gives it, but for what is changed. */
export function sampleFinding(status: Status, changes: Partial<Finding> = {}): Finding {
  return {
    id: "WW-ORIGIN-01",
    title: "Refuses pages of another origin",
    severity: "high",
    requirements: ["R14", "ASVS 4.4.2", "CWE-1385"],
    why: "A page elsewhere could open the socket in the name of whoever visits it.",
    mend: { advice: "Compare the whole origin with a list.", ws: "if (a < b) {\n  close();\n}", nginx: "return 403;" },
    status,
    sent: "Origin: https://evil.example",
    evidence: "101 Switching Protocols",
    ...changes,
  };
}

/** A report with one finding of every status, and hostile text where a target can put some. */
export function sampleReport(changes: Partial<ScanReport> = {}): ScanReport {
  return {
    target: "wss://chat.example/ws",
    grade: "D",
    protocol: "Socket.IO",
    startedAt: Date.UTC(2026, 10, 21, 12),
    durationMs: 1_234,
    complete: true,
    findings: [
      sampleFinding("fail", { evidence: hostileEvidence }),
      sampleFinding("warn", { id: "WW-LIMIT-01", severity: "medium", title: "Bounds a message" }),
      sampleFinding("error", { id: "WW-TLS-03", severity: "info", evidence: "reset" }),
      sampleFinding("info", { id: "WW-TLS-04", severity: "info", evidence: hostileEvidence }),
      sampleFinding("pass", { id: "WW-TLS-01", severity: "info", sent: "" }),
      sampleFinding("skipped", { id: "WW-BOMB-01", severity: "info", sent: "", evidence: "an attack" }),
    ],
    ...changes,
  };
}
