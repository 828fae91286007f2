import type { AddressLists } from "@wardwire/gateway/address-lists";
import type { GatewayLimits } from "@wardwire/gateway/options";
import type { SignalThresholds } from "@wardwire/gateway/signals";

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
  /** Path of a module that exports `contract`, `authorize` and `commands`, and perhaps `tickets`. */
  readonly application: string;
  readonly listen: { readonly port: number; readonly host: string };
  /** The health listener on 127.0.0.1; with a folder for its credential, the admin API as well. */
  readonly admin: { readonly port: number; readonly dataFolder?: string };
  readonly tls: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly profile: "modern" | "intermediate";
    readonly postQuantum: "preferred" | "required";
    readonly hstsMaxAgeSeconds: number;
  };
  readonly allowedOrigins: readonly string[];
  readonly jwt: JwtConfiguration;
  /** Left out, no client is asked for a certificate. */
  readonly clientCertificates?: ClientCertificatesConfiguration;
  /** Left out, those of `allowedOrigins` and this machine's own names. */
  readonly allowedHosts?: readonly string[];
  /** CIDR ranges. */
  readonly trustedProxies: readonly string[];
  /** Read again on SIGHUP. */
  readonly addresses: AddressLists;
  /** Bounds that differ from the gateway's defaults. */
  readonly limits: Partial<GatewayLimits>;
  readonly dryRun: boolean;
  readonly idleTimeoutMs?: number;
  /** Left out, no audit log is kept. */
  readonly audit?: AuditConfiguration;
  /** Thresholds that differ from the gateway's defaults. */
  readonly signals: Partial<SignalThresholds>;
  /** Where signals are posted to. */
  readonly webhooks: readonly WebhookConfiguration[];
  /** What keeps channels, revocations and budgets; left out, the memory of the process, which forgets them at its end. */
  readonly engine?: EngineConfiguration;
  /** Keys of sealed connections; left out, none is sealed, and a contract with sealed channels is refused. */
  readonly serverKeys?: ServerKeysConfiguration;
}

/** Where the keys are that `wardwire keys` makes, without the identities. */
export interface ServerKeysConfiguration {
  readonly folder: string;
  /** Left out, the environment's `WARDWIRE_MASTER_KEY` is the master key. */
  readonly masterKeyFile?: string;
}

/** An engine that outlives the process: a database on a local disk, of one process at a time. */
export interface EngineConfiguration {
  readonly sqlite: {
    /** Created if there is none; its folder has to be there. */
    readonly file: string;
    /** 8 GiB when left out. */
    readonly maxFileBytes?: number;
  };
}

/** Whose client certificates are taken, and who their holders are. */
export interface ClientCertificatesConfiguration {
  /** PEM: the authorities. */
  readonly caFile: string;
  /** PEM: a revocation list of each of them. */
  readonly crlFile?: string;
  /** Whether nobody comes without one. */
  readonly required: boolean;
  readonly mapping: CertificateMapping;
}

/**
 * A certificate has to have exactly one name of this kind that begins and ends so; what stands between is the user's id,
 * behind `userPrefix`.
 */
export interface CertificateMapping {
  readonly name: "uri" | "dns" | "email";
  readonly prefix: string;
  readonly suffix: string;
  readonly userPrefix: string;
}

/** Where the audit log is, and the keys that sign it. */
export interface AuditConfiguration {
  readonly file: string;
  /** In the form of `spec/audit-log.md`, closed to other users. */
  readonly keyFile: string;
  /** Names this gateway among others; the host's name when left out. */
  readonly source?: string;
}

/** Where signals are posted to, signed with the secret of Standard Webhooks in a file. */
export interface WebhookConfiguration {
  readonly url: string;
  readonly secretFile: string;
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
