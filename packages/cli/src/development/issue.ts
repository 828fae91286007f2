import { createPrivateKey, KeyObject, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";

/** A certificate and its private key, both PEM. */
export interface KeyAndCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** From when until when a certificate is valid. */
export interface Validity {
  readonly from: Date;
  readonly until: Date;
}

export const millisecondsPerDay = 86_400_000;

/** Stands as organization (O) in every development certificate; `serve` refuses certificates that carry it. */
export const developmentOrganization = "wardwire development";

const p256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const serverAuthentication = "1.3.6.1.5.5.7.3.1";
const nameConstraints = "2.5.29.30";

/**
 * Makes a certificate authority that can vouch for `names` alone: critical name constraints (RFC 5280 §4.2.1.10) keep a
 * stolen development key from speaking for any other site. No intermediate authorities below it. ECDSA P-256.
 */
export async function issueAuthority(names: readonly string[], validity: Validity): Promise<KeyAndCertificate> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ O: [developmentOrganization] }, { CN: ["wardwire development authority"] }],
    notBefore: validity.from,
    notAfter: validity.until,
    keys,
    signingAlgorithm: p256,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      new x509.Extension(nameConstraints, true, permittedSubtrees(x509, names)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), privateKey: exportKey(keys) };
}

/** Makes a server certificate for `names`, signed by the authority. ECDSA P-256. */
export async function issueServer(
  authority: KeyAndCertificate,
  names: readonly string[],
  validity: Validity,
): Promise<KeyAndCertificate> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = createPrivateKey(authority.privateKey).toCryptoKey(p256, false, ["sign"]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ O: [developmentOrganization] }, { CN: [names[0] ?? "localhost"] }],
    issuer: issuer.subject,
    notBefore: validity.from,
    notAfter: validity.until,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: p256,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([serverAuthentication]),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? ("dns" as const) : ("ip" as const), value: name })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), privateKey: exportKey(keys) };
}

type X509 = typeof import("@peculiar/x509");

/** @peculiar/x509 expects reflect-metadata to be there before it; both are loaded only when something is issued. */
async function loadX509(): Promise<X509> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(p256, true, ["sign", "verify"]);
}

function exportKey(keys: webcrypto.CryptoKeyPair): string {
  return KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString().trim();
}

/** 127 random bits, positive (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

/** NameConstraints with permittedSubtrees only; an address stands with its full mask. */
function permittedSubtrees(x509: X509, names: readonly string[]): Uint8Array<ArrayBuffer> {
  const subtrees = names.map((name) => {
    const family = isIP(name);
    const general =
      family === 0
        ? new x509.GeneralName("dns", name)
        : new x509.GeneralName("ip", `${name}/${family === 4 ? 32 : 128}`);
    return der(0x30, new Uint8Array(general.rawData));
  });
  return der(0x30, der(0xa0, Buffer.concat(subtrees)));
}

/** One DER element (X.690 §8.1) of at most 65,535 bytes of contents. */
function der(tag: number, contents: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = contents;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.from([tag, ...size, ...contents]);
}
