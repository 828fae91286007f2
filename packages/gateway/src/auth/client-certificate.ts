import { X509Certificate } from "node:crypto";
import { type Clock, systemClock } from "../clock.ts";
import { type Authenticate, type AuthenticateResult, createIdentity, type Identity } from "./identity.ts";
import { type SubjectAlternativeNames, subjectAlternativeNames } from "./subject-alternative-names.ts";

/** What a certificate says about its holder. The TLS layer has verified that an accepted authority says so. */
export interface CertificateSubject extends SubjectAlternativeNames {
  /** Hexadecimal, upper case, as in a revocation list. */
  readonly serialNumber: string;
  /** SHA-256 of the whole certificate, hexadecimal, lower case. */
  readonly fingerprint: string;
}

/** Who the holder is: an identity that ends when the certificate does, or before. */
export type CertificateIdentity = Omit<Identity, "expiresAt" | "claims"> &
  Partial<Pick<Identity, "expiresAt" | "claims">>;

/** How certificates become identities. */
export interface ClientCertificateOptions {
  /** Names to identity; `undefined` refuses. Ask for names of your own authority's form, such as one URI. */
  readonly identify: (subject: CertificateSubject) => CertificateIdentity | undefined;
  /** Refuses at once what `clientRevocations` of the listener do not name yet. */
  readonly revoked?: (subject: CertificateSubject) => boolean | Promise<boolean>;
  /** The longest one connection lasts, as a certificate may be good for years. 12 hours when left out. */
  readonly maxSessionMs?: number;
  /** For tests; the machine's clock when left out. */
  readonly clock?: Clock;
}

/**
 * Authenticates by the client certificate of the TLS connection (R11). It is asked when the handshake carries one and no
 * Authorization; every other credential is refused. With tokens besides: `anyOf(clientCertificate({ … }), jwt({ … }))`.
 *
 * The identity's `tokenId` is `x509:` and the fingerprint unless `identify` names another, so that one certificate can be
 * revoked like one token.
 */
export function clientCertificate(options: ClientCertificateOptions): Authenticate {
  const { identify, revoked, maxSessionMs = 43_200_000, clock = systemClock } = options;
  return async (credential): Promise<AuthenticateResult> => {
    if (credential.kind !== "certificate") return refused("expected a client certificate");
    const certificate = parse(credential.der);
    const names = certificate && subjectAlternativeNames(certificate.subjectAltName ?? "");
    if (certificate === undefined || names === undefined) return refused("the client certificate cannot be read");
    if (clock.now() < certificate.validFromDate.getTime()) return refused("the certificate is not valid yet");
    const notAfter = certificate.validToDate.getTime();
    if (clock.now() >= notAfter) return { ok: false, code: "token-expired", detail: "the certificate has expired" };
    const fingerprint = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
    const subject = { ...names, serialNumber: certificate.serialNumber, fingerprint };
    const identity = identify(subject);
    if (identity === undefined) return refused("no identity goes with the names of the certificate");
    if ((await revoked?.(subject)) === true) return refused("the certificate has been revoked");
    const expiresAt = Math.min(notAfter, clock.now() + maxSessionMs, identity.expiresAt ?? notAfter);
    return {
      ok: true,
      identity: createIdentity({ claims: {}, tokenId: `x509:${fingerprint}`, ...identity, expiresAt }),
    };
  };
}

function refused(detail: string): AuthenticateResult {
  return { ok: false, code: "token-invalid", detail };
}

function parse(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}
