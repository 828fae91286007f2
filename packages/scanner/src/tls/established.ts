import type { X509Certificate } from "node:crypto";
import type { Endpoint } from "../endpoint.ts";
import { tap } from "../raw/tap.ts";

/** What one completed TLS handshake showed. */
export interface EstablishedTls {
  /** `TLSv1.3`, as Node names it. */
  readonly protocol: string;
  readonly cipher: string;
  /** The key exchange, such as `X25519MLKEM768`; undefined where Node does not tell. */
  readonly group: string | undefined;
  readonly alpn: string | undefined;
  readonly certificate: X509Certificate;
  /** How many certificates were sent. */
  readonly chainLength: number;
  /** What OpenSSL's verification found: a code such as `CERT_HAS_EXPIRED`; undefined for nothing. */
  readonly verification: string | undefined;
  /** Bytes of the stapled OCSP response. */
  readonly stapled: number;
}

/** Completes a handshake as a usual client would, but for what it puts up with. @throws ProbeFailure */
export async function establishTls(endpoint: Endpoint): Promise<EstablishedTls> {
  let stapled = 0;
  using stream = await endpoint.tls({ requestOCSP: true }, (socket) => {
    socket.once("OCSPResponse", (response: Buffer | null) => {
      stapled = response?.length ?? 0;
    });
  });
  const { socket } = stream;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) throw new Error("a TLS handshake without a certificate cannot complete here");
  const ephemeral = socket.getEphemeralKeyInfo();
  const error: unknown = socket.authorizationError;
  return {
    protocol: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher().standardName,
    group: ephemeral !== null && "name" in ephemeral ? String(ephemeral.name) : undefined,
    alpn: socket.alpnProtocol || undefined,
    certificate,
    chainLength: chainLength(certificate),
    verification: socket.authorized || error === undefined || error === null ? undefined : codeOf(error),
    stapled,
  };
}

/** What went over the wire below TLS while a canary was sent over it. */
export interface WireSample {
  readonly canary: string;
  readonly sent: Buffer;
  readonly received: Buffer;
}

/** Sends a request with a canary in its path over TLS, and keeps the bytes that went over TCP. @throws ProbeFailure */
export async function sampleWire(endpoint: Endpoint, canary: string): Promise<WireSample> {
  const witness: { tap?: ReturnType<typeof tap> } = {};
  const stream = await endpoint.tlsOver((socket) => {
    witness.tap = tap(socket);
    return witness.tap.duplex;
  });
  const headers = { "X-Wardwire-Check": canary };
  using _opened = await endpoint.openOn(stream, { headers, anonymous: true });
  const { sent, received } = witness.tap ?? { sent: () => Buffer.alloc(0), received: () => Buffer.alloc(0) };
  return { canary, sent: sent(), received: received() };
}

function chainLength(certificate: X509Certificate): number {
  let length = 1;
  for (let at = certificate.issuerCertificate; at !== undefined && length < 10; at = at.issuerCertificate) length += 1;
  return length;
}

/** Node gives the code as an Error's `code`, or as a bare text. */
function codeOf(error: unknown): string {
  if (typeof error === "string") return error;
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
