import type { PostQuantum, TlsProfile } from "./tls-profile.ts";

/** Where and how a host listens; the same for every host. */
export interface ListenOptions {
  /** TCP port; 0 lets the system choose one, the same for every address. */
  readonly port: number;
  /** Every address to bind; at least one has to be there. */
  readonly hosts: readonly ListenAddress[];
  /** `"none"` listens in plain HTTP: for loopback, or behind a proxy that terminates TLS (R1). */
  readonly tls: TlsListenOptions | "none";
  /** Gives up listening; no effect once `listen` has resolved. */
  readonly signal?: AbortSignal;
}

/** One address to listen on. */
export interface ListenAddress {
  /** An IP address. `::` takes IPv6 only; list `0.0.0.0` beside it for IPv4. */
  readonly address: string;
  /** Skipped on a machine that lacks the address (`::1` of localhost, for example). A port in use still fails. */
  readonly optional?: boolean;
}

/** TLS of a listening host. */
export interface TlsListenOptions {
  /** PEM: the certificate, then the intermediates. */
  readonly cert: string;
  /** PEM: the private key of the first certificate, not encrypted. */
  readonly key: string;
  /** Default `"modern"`. */
  readonly profile?: TlsProfile;
  /** Default `"preferred"`. */
  readonly postQuantum?: PostQuantum;
  /** PEM: the authorities whose client certificates are taken (mTLS). Left out, no client is asked for one. */
  readonly clientAuthority?: string;
  /**
   * With `clientAuthority`: whether a client may come without a certificate. One that it does show has to verify in
   * either case. Default `"required"`.
   */
  readonly clientCertificate?: "required" | "optional";
  /**
   * With `clientAuthority`. PEM: revocation lists (RFC 5280 §5), one of every authority above a client certificate. What
   * is on one does not verify, and once one is past its `nextUpdate` nothing under it does: renew it in time.
   */
  readonly clientRevocations?: string;
  /**
   * The exact names a client may ask for by SNI (R6). Left out: the DNS names of the certificate, wildcards included.
   * A client that sends no SNI at all is served: it connects by IP address, as health checks do.
   */
  readonly serverNames?: readonly string[];
  /**
   * Seconds for which browsers shall come to this host by TLS only: sent as `Strict-Transport-Security` with every answer, so
   * that it binds all ports of the name and none of its subdomains (RFC 6797). Default 63,072,000, two years; 0 has browsers
   * forget it. An answer of the application's own that carries the header keeps its own.
   */
  readonly hstsMaxAgeSeconds?: number;
}
