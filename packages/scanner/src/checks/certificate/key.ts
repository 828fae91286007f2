import type { KeyObject } from "node:crypto";
import { type Check, defineCheck } from "../../check.ts";
import { certificateMend } from "./certificate-mend.ts";

export const certificateKey: Check = defineCheck({
  id: "WW-CERT-04",
  title: "The certificate's key and signature are strong",
  severity: "high",
  requirements: ["R3", "ASVS 11.2.3", "RFC 9325 4.5", "CWE-326", "WSTG-CRYP-01"],
  why: "Short RSA keys can be factored, and signatures over SHA-1 or MD5 forged.",
  mend: certificateMend(
    "Use an ECDSA key on P-256 or P-384, or RSA of at least 2048 bits, signed with SHA-256 or better.",
  ),
  needs: ["tls"],
  probe: async ({ tls }) => tls?.certificate,
  judge: (certificate) => {
    const signature = certificate?.signatureAlgorithm ?? "unknown";
    const { text, isStrong } = describeKey(certificate?.publicKey);
    const isSigned = !/md5|sha1|sha-1|md2|md4/i.test(signature);
    const evidence = `key ${text}, signature ${signature}`;
    return { status: isStrong && isSigned ? "pass" : "fail", sent: "a TLS handshake", evidence };
  },
});

const strongCurves: readonly string[] = ["prime256v1", "secp384r1", "secp521r1"];

function describeKey(key: KeyObject | undefined): { readonly text: string; readonly isStrong: boolean } {
  const type = key?.asymmetricKeyType ?? "unknown";
  const { modulusLength, namedCurve } = key?.asymmetricKeyDetails ?? {};
  if (type === "rsa" || type === "rsa-pss") {
    return { text: `RSA ${modulusLength}`, isStrong: (modulusLength ?? 0) >= 2048 };
  }
  if (type === "ec") return { text: `EC ${namedCurve}`, isStrong: strongCurves.includes(namedCurve ?? "") };
  return { text: type, isStrong: type === "ed25519" || type === "ed448" || type.startsWith("ml-dsa") };
}
