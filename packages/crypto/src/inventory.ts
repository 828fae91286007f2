import { maxLifetimeSeconds } from "./keys/validity.ts";
import { handshakeName, type Label, labels, type SignatureContext, signatureContexts } from "./labels.ts";

/** One use of cryptography: what, with which key, whose, for how long, and what a quantum computer means for it (R51). */
export interface CryptoUse {
  readonly use: string;
  readonly algorithm: string;
  readonly key: string;
  readonly owner: string;
  readonly lifetime: string;
  readonly quantum: string;
  /** The labels of what is derived for it. */
  readonly labels: readonly Label[];
  /** The context of its signatures. */
  readonly context?: SignatureContext;
}

const hybrid = "hybrid: safe while either half is";
const symmetric = "256 bits: safe";
const bothSigned = "both signatures must verify: safe while either is";

/** Every use of cryptography in this package; `spec/crypto-inventory.md` is generated from it. */
export const cryptoInventory: readonly CryptoUse[] = [
  {
    use: "an identity vouches for a delegate",
    algorithm: "Ed25519 and ML-DSA-65 (FIPS 204)",
    key: "identity, current and next",
    owner: "operator, offline",
    lifetime: "years; ended by the next identity",
    quantum: bothSigned,
    labels: [],
    context: signatureContexts.delegate,
  },
  {
    use: "the next identity revokes the current one",
    algorithm: "Ed25519 and ML-DSA-65",
    key: "identity, next",
    owner: "operator, offline",
    lifetime: "years",
    quantum: bothSigned,
    labels: [],
    context: signatureContexts.revocation,
  },
  {
    use: "a delegate publishes online keys",
    algorithm: "Ed25519 and ML-DSA-65",
    key: "delegate",
    owner: "gateway",
    lifetime: `at most ${days(maxLifetimeSeconds.delegate)}; a bundle at most ${days(maxLifetimeSeconds.bundle)}`,
    quantum: bothSigned,
    labels: [],
    context: signatureContexts.bundle,
  },
  {
    use: "the handshake authenticates the gateway and agrees on keys",
    algorithm: `${handshakeName}; X-Wing is ML-KEM-768 (FIPS 203) and X25519`,
    key: "online key; a key of the client's for one handshake",
    owner: "gateway; client",
    lifetime: "24 hours by default; one handshake",
    quantum: hybrid,
    labels: [],
  },
  {
    use: "session records",
    algorithm: "AES-256-GCM or ChaCha20-Poly1305; HKDF-SHA-256",
    key: "one for each direction and generation",
    owner: "client and gateway",
    lifetime: "2^20 records, 1 GiB or 1 hour; the session 24 hours",
    quantum: `keys by the handshake, ${hybrid}; ${symmetric}`,
    labels: [labels.clientTraffic, labels.gatewayTraffic, labels.recordKey, labels.recordIv, labels.nextGeneration],
  },
  {
    use: "what binds proofs and fresh handshakes to a session",
    algorithm: "HKDF-SHA-256",
    key: "exporter",
    owner: "client and gateway",
    lifetime: "24 hours",
    quantum: symmetric,
    labels: [labels.exporter],
  },
  {
    use: "a device proves that a token is its own",
    algorithm: "Ed25519, or ECDSA P-256 with SHA-256",
    key: "device key, named by the token's cnf",
    owner: "client; not extractable where the platform can",
    lifetime: "the application's",
    quantum: "can be forged by one while it happens: to be replaced by ML-DSA when WebCrypto has it everywhere",
    labels: [],
    context: signatureContexts.deviceProof,
  },
  {
    use: "channel records",
    algorithm: "AES-256-GCM; HKDF-SHA-256",
    key: "one for each step of an epoch of a channel",
    owner: "one process of a gateway, and the members",
    lifetime: "4,096 steps, 2^20 records or 1 hour",
    quantum: `keys by sessions, ${hybrid}; ${symmetric}`,
    labels: [labels.channelId, labels.channelStep, labels.channelKey, labels.channelIv],
  },
  {
    use: "a channel record is the gateway's, not another member's",
    algorithm: "Ed25519",
    key: "record key of a process",
    owner: "gateway",
    lifetime: "one incarnation of a process",
    quantum:
      "can be forged by one while it happens, by a member; never later: to be replaced when a signature costs as little",
    labels: [],
    context: signatureContexts.channelRecord,
  },
  {
    use: "history at rest",
    algorithm: "AES-256-GCM; HKDF-SHA-256",
    key: "one for each writer and channel, under the key-encryption key of a day",
    owner: "gateway; the KEK lies outside the engine",
    lifetime: "the longest life of history and a day",
    quantum: symmetric,
    labels: [labels.historyKek, labels.historyKey],
  },
  {
    use: "key files at rest",
    algorithm: "AES-256-GCM; HKDF-SHA-256",
    key: "one for each writing, under the master key",
    owner: "operator",
    lifetime: "as long as the file",
    quantum: symmetric,
    labels: [labels.keyFile],
  },
  {
    use: "checkpoints of the audit log, revocations between gateways, webhooks",
    algorithm: "HMAC-SHA-256",
    key: "integrity key",
    owner: "operator",
    lifetime: "until it is replaced",
    quantum: symmetric,
    labels: [],
  },
];

function days(seconds: number): string {
  return `${seconds / 86_400} days`;
}
