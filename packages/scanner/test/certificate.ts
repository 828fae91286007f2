import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** A certificate that is its own authority, with its private key, in PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

const dayMs = 86_400_000;
const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** What to put into a certificate; 127.0.0.1 and localhost, valid for 80 days, with an ECDSA key when left out. */
export interface CertificateRequest {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly fromDays?: number;
  readonly untilDays?: number;
  /** Bits of an RSA key instead. */
  readonly rsaBits?: number;
}

/** Issues a certificate that signs itself. */
export async function certify(request: CertificateRequest = {}): Promise<Certified> {
  const { dnsNames = ["localhost"], ipAddresses = ["127.0.0.1"], fromDays = -1, untilDays = 80, rsaBits } = request;
  const publicExponent = new Uint8Array([1, 0, 1]);
  const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: rsaBits ?? 2_048, publicExponent };
  const algorithm = rsaBits === undefined ? ecdsa : rsa;
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=test",
    notBefore: new Date(Date.now() + fromDays * dayMs),
    notAfter: new Date(Date.now() + untilDays * dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension([
        ...dnsNames.map((value) => ({ type: "dns" as const, value })),
        ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
      ]),
    ],
  });
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { cert: certificate.toString("pem"), key };
}
