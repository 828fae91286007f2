/** The signature algorithms a token may be made with; HS256 only with a secret, the others only with public keys. */
export const jwtAlgorithms = [
  "EdDSA",
  "ES256",
  "ES384",
  "ES512",
  "PS256",
  "PS384",
  "PS512",
  "RS256",
  "RS384",
  "RS512",
  "HS256",
] as const;

/** What `wardwire serve` is told, checked, with every default filled in. Paths are relative to the file's folder. */
export interface Configuration {
  /** Path of a module that exports `contract`, `authorize` and `commands`. */
  readonly application: string;
  readonly listen: { readonly port: number; readonly host: string };
  /** The health listener on 127.0.0.1; with a folder for its credential, the admin API as well. */
  readonly admin: { readonly port: number; readonly dataFolder?: string };
  readonly tls: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly profile: "modern" | "intermediate";
    readonly postQuantum: "preferred" | "required";
  };
  readonly allowedOrigins: readonly string[];
  readonly jwt: JwtConfiguration;
  /** CIDR ranges. */
  readonly trustedProxies: readonly string[];
  /** Bounds that differ from the gateway's defaults. */
  readonly limits: Readonly<Partial<Record<ConfigurableLimit, number>>>;
}

/** Which tokens are accepted; exactly one of the last three is there. */
export interface JwtConfiguration {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly (typeof jwtAlgorithms)[number][];
  readonly jwksUrl?: string;
  /** A JSON Web Key Set with public keys. */
  readonly keysFile?: string;
  /** At least 32 bytes, for HS256. */
  readonly secretFile?: string;
}

/** The gateway's limits that a configuration file may change. */
export const configurableLimits = [
  "maxMessageBytes",
  "maxConnections",
  "maxConnectionsPerIp",
  "maxConnectionsPerUser",
  "maxUnauthenticated",
  "maxUnauthenticatedPerIp",
  "maxJoins",
  "messagesPerSecond",
  "messageBurst",
  "maxOutboundBytes",
  "heartbeatMs",
  "authenticationTimeoutMs",
  "handshakeTimeoutMs",
  "handlerTimeoutMs",
] as const;

/** A limit of {@link configurableLimits}. */
export type ConfigurableLimit = (typeof configurableLimits)[number];
