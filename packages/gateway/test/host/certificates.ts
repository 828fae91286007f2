import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** A certificate in PEM with its private key. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** What to put into a certificate of a test. */
export interface CertificateRequest {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** An RSA key of 2,048 bits instead of ECDSA P-256. */
  readonly rsa?: boolean;
}

const rsa = {
  name: "RSASSA-PKCS1-v1_5",
  modulusLength: 2_048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;

/** An authority that issues certificates for tests; its own certificate is `cert`. */
export class TestAuthority {
  readonly cert: string;
  readonly #certificate: x509.X509Certificate;
  readonly #keys: CryptoKeyPair;

  constructor(certificate: x509.X509Certificate, keys: CryptoKeyPair) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.cert = pem(certificate);
  }

  static async create(name = "Test authority"): Promise<TestAuthority> {
    const keys = await generateKeys(algorithm);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      notBefore: new Date(Date.now() - dayMs),
      notAfter: new Date(Date.now() + dayMs),
      keys,
      signingAlgorithm: algorithm,
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    });
    return new TestAuthority(certificate, keys);
  }

  /** Issues a certificate; without names it has no subject alternative name at all. Valid today unless told otherwise. */
  async issue(request: CertificateRequest = {}): Promise<Certified> {
    const keys = await generateKeys(request.rsa ? rsa : algorithm);
    const names = [
      ...(request.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
      ...(request.ipAddresses ?? []).map((value) => ({ type: "ip" as const, value })),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
      subject: "CN=test",
      issuer: this.#certificate.subject,
      notBefore: request.notBefore ?? new Date(Date.now() - dayMs),
      notAfter: request.notAfter ?? new Date(Date.now() + dayMs),
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
    });
    const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
    const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`;
    return { cert: pem(certificate), key };
  }
}

function generateKeys(kind: RsaHashedKeyGenParams | EcKeyGenParams): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(kind, true, ["sign", "verify"]);
}

/** With the final newline that a file has, so that certificates can be put behind each other. */
function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}
