import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A certificate authority that lives for one test file. */
export interface TestAuthority {
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** A server certificate for a name, signed by the authority. */
  issue(name: string, validity?: { readonly from: Date; readonly to: Date }): Promise<ServerCertificate>;
}

/** PEM, as a TLS server takes it. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

const hourMs = 3_600_000;

function validNow(): { from: Date; to: Date } {
  return { from: new Date(Date.now() - hourMs), to: new Date(Date.now() + hourMs) };
}

export async function testAuthority(): Promise<TestAuthority> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const keys = await newKeys();
  const { from, to } = validNow();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Test authority",
    notBefore: from,
    notAfter: to,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    ca: authority.toString("pem"),
    async issue(name, validity = validNow()) {
      const serverKeys = await newKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${name}`,
        issuer: authority.subject,
        notBefore: validity.from,
        notAfter: validity.to,
        publicKey: serverKeys.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [subjectName(name)],
      });
      return { cert: certificate.toString("pem"), key: await privateKeyPem(serverKeys) };
    },
  };
}

/** A certificate that vouches for itself. */
export async function selfSigned(name: string): Promise<ServerCertificate> {
  const keys = await newKeys();
  const { from, to } = validNow();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: from,
    notAfter: to,
    keys,
    signingAlgorithm: algorithm,
    extensions: [subjectName(name)],
  });
  return { cert: certificate.toString("pem"), key: await privateKeyPem(keys) };
}

function subjectName(name: string): x509.SubjectAlternativeNameExtension {
  return new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }]);
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function privateKeyPem({ privateKey }: CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY");
}
