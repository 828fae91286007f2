import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;

/** What to put into a client certificate of a test. */
export interface ClientRequest {
  readonly names?: ConstructorParameters<typeof x509.SubjectAlternativeNameExtension>[0];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A client certificate with its key; `serialNumber` is what a revocation list names it by. */
export interface ClientCertified {
  readonly cert: string;
  readonly key: string;
  readonly der: Uint8Array;
  readonly serialNumber: string;
}

/** An authority for client certificates that also issues revocation lists. */
export class ClientAuthority {
  readonly cert: string;
  readonly #certificate: x509.X509Certificate;
  readonly #keys: CryptoKeyPair;

  private constructor(certificate: x509.X509Certificate, keys: CryptoKeyPair) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.cert = `${certificate.toString("pem")}\n`;
  }

  static async create(): Promise<ClientAuthority> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: "CN=Client authority",
      notBefore: new Date(Date.now() - dayMs),
      notAfter: new Date(Date.now() + dayMs),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    });
    return new ClientAuthority(certificate, keys);
  }

  async issue(request: ClientRequest = {}): Promise<ClientCertified> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.create({
      subject: "CN=client",
      issuer: this.#certificate.subject,
      notBefore: request.notBefore ?? new Date(Date.now() - dayMs),
      notAfter: request.notAfter ?? new Date(Date.now() + dayMs),
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: request.names ? [new x509.SubjectAlternativeNameExtension(request.names)] : [],
    });
    const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
    return {
      cert: `${certificate.toString("pem")}\n`,
      key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
      der: new Uint8Array(certificate.rawData),
      serialNumber: certificate.serialNumber,
    };
  }

  /** A revocation list in PEM. */
  async revocations(serialNumbers: readonly string[], nextUpdate = new Date(Date.now() + dayMs)): Promise<string> {
    const list = await x509.X509CrlGenerator.create({
      issuer: this.#certificate.subject,
      thisUpdate: new Date(Date.now() - dayMs),
      nextUpdate,
      signingAlgorithm: algorithm,
      signingKey: this.#keys.privateKey,
      entries: serialNumbers.map((serialNumber) => ({ serialNumber, revocationDate: new Date(Date.now() - dayMs) })),
    });
    return `${list.toString("pem").replace(/(BEGIN|END) CRL/g, "$1 X509 CRL")}\n`;
  }
}
