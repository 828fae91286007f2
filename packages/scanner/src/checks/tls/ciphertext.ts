import { randomBytes } from "node:crypto";
import { type Check, defineCheck } from "../../check.ts";
import { sampleWire, type WireSample } from "../../tls/established.ts";
import { tlsMend } from "./tls-mend.ts";

export const ciphertext: Check = defineCheck({
  id: "WW-TLS-02",
  title: "What goes over the wire is ciphertext",
  severity: "critical",
  requirements: ["R1", "ASVS 12.2.1", "CWE-319"],
  why: "That TLS was negotiated does not yet show that it encrypts: the bytes themselves do.",
  mend: tlsMend("Turn off NULL cipher suites, and look for a middlebox that takes TLS off."),
  needs: ["tls"],
  probe: ({ endpoint }) => sampleWire(endpoint, `canary-${randomBytes(12).toString("hex")}`),
  judge: ({ canary, sent, received }) => {
    const what = "a handshake with a canary in a header, watched below TLS";
    const figures = `${sent.length} bytes sent, ${received.length} received`;
    if (sent.includes(canary) || received.includes(canary)) {
      return { status: "fail", sent: what, evidence: `the canary is readable on the wire (${figures})` };
    }
    const records = recordsOf(sent) + recordsOf(received);
    if (Number.isNaN(records)) {
      return { status: "fail", sent: what, evidence: `bytes outside of TLS records (${figures})` };
    }
    return { status: "pass", sent: what, evidence: `${figures}, all in ${records} TLS records; canary not found` };
  },
});

/** How many TLS records the bytes are; NaN when they are not only records. The last one may be cut off. */
function recordsOf(bytes: WireSample["sent"]): number {
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    const type = bytes.readUInt8(at);
    if (type < 20 || type > 23 || bytes[at + 1] !== 3) return Number.NaN;
    if (at + 5 > bytes.length) return count;
    at += 5 + bytes.readUInt16BE(at + 3);
  }
  return count;
}
