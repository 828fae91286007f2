import { type Check, defineCheck } from "../../check.ts";
import type { Subject } from "../../subject.ts";
import { surveyTls } from "../../tls/survey.ts";
import { tlsMend } from "./tls-mend.ts";

export const renegotiation: Check = defineCheck({
  id: "WW-TLS-08",
  title: "A client cannot start a renegotiation",
  severity: "medium",
  requirements: ["R5", "RFC 9325 3.5", "CWE-400", "WSTG-CRYP-01"],
  why: "One client can make a server compute key exchanges at no cost to itself, within one connection.",
  mend: tlsMend("Set SSL_OP_NO_RENEGOTIATION, or allow TLS 1.3 only, which has no renegotiation."),
  needs: ["tls"],
  probe: async (subject) =>
    (await surveyTls(subject.endpoint)).versions.includes(0x0303) ? renegotiate(subject) : undefined,
  judge: (outcome) => {
    if (outcome === undefined) return { status: "pass", sent: "nothing", evidence: "no TLS 1.2, so no renegotiation" };
    const sent = "a second ClientHello within a TLS 1.2 connection";
    const status = outcome === "accepted" ? "fail" : "pass";
    return { status, sent, evidence: outcome === "accepted" ? "renegotiated" : outcome };
  },
});

async function renegotiate({ endpoint }: Subject): Promise<string> {
  using stream = await endpoint.tls({ minVersion: "TLSv1.2", maxVersion: "TLSv1.2" });
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve("no answer"), Math.min(endpoint.timeoutMs, 1_000));
  stream.socket.once("close", () => resolve("the connection was closed"));
  stream.socket.once("error", (error) =>
    resolve(`refused: ${"reason" in error ? String(error.reason) : error.message}`),
  );
  // As in the handshake before: whether the certificate is trusted is another check.
  stream.socket.renegotiate({ rejectUnauthorized: false }, (error) =>
    resolve(error === null ? "accepted" : `refused: ${error.message}`),
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
