import { constants } from "node:crypto";
import type { TlsOptions } from "node:tls";

/** `modern`: TLS 1.3 only. `intermediate`: TLS 1.2 as well, with forward secrecy and AEAD only. */
export type TlsProfile = "modern" | "intermediate";

/** `preferred`: X25519MLKEM768 wherever the client has it. `required`: nothing else, hence TLS 1.3 only. */
export type PostQuantum = "preferred" | "required";

/** The part of node:tls server options a profile settles. */
export interface TlsProfileOptions extends TlsOptions {
  readonly secureOptions: number;
}

/**
 * Server options after Mozilla's Server Side TLS guidelines 6.0 (R2 to R5, R8).
 *
 * - Cipher suites exactly those of the profile, the client's preference deciding.
 * - Groups X25519MLKEM768, X25519, P-256, P-384. A client that knows X25519MLKEM768 and did not send a share for it is
 *   asked for one (HelloRetryRequest), so that post-quantum key exchange does not hang on its first guess.
 * - ALPN is http/1.1; an offer without it is answered with the fatal alert no_application_protocol (R6).
 * - Renegotiation is refused. TLS compression and 0-RTT are never on in Node. Resumption is by tickets, always with a
 *   fresh key share (psk_dhe_ke), for at most {@link ticketLifetimeSeconds}.
 */
export function tlsProfileOptions(profile: TlsProfile, postQuantum: PostQuantum): TlsProfileOptions {
  const tls13Only = profile === "modern" || postQuantum === "required";
  return {
    minVersion: tls13Only ? "TLSv1.3" : "TLSv1.2",
    maxVersion: "TLSv1.3",
    ciphers: (tls13Only ? tls13Suites : [...tls13Suites, ...tls12Suites]).join(":"),
    ecdhCurve: postQuantum === "required" ? postQuantumGroup : preferredGroups,
    sigalgs: signatureAlgorithms.join(":"),
    honorCipherOrder: false,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ALPNProtocols: ["http/1.1"],
    sessionTimeout: ticketLifetimeSeconds,
  };
}

/** The hybrid group, by the name both OpenSSL and IANA give it. */
export const postQuantumGroup = "X25519MLKEM768";

/** How long a session ticket is good, and how often the key that seals tickets should be replaced. */
export const ticketLifetimeSeconds = 3_600;

// The slash separates steps of preference, see SSL_CTX_set1_groups_list(3).
const preferredGroups = `${postQuantumGroup}/X25519:prime256v1:secp384r1`;

const tls13Suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

const tls12Suites = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];

// What certificates of public authorities and of our own need; without SHA-1, SHA-224, DSA and the Brainpool curves,
// which OpenSSL would list. PKCS #1 v1.5 signs TLS 1.2 handshakes and certificate chains only.
const signatureAlgorithms = [
  "ecdsa_secp256r1_sha256",
  "ecdsa_secp384r1_sha384",
  "ed25519",
  "rsa_pss_rsae_sha256",
  "rsa_pss_rsae_sha384",
  "rsa_pss_rsae_sha512",
  "rsa_pss_pss_sha256",
  "rsa_pss_pss_sha384",
  "rsa_pss_pss_sha512",
  "rsa_pkcs1_sha256",
  "rsa_pkcs1_sha384",
  "rsa_pkcs1_sha512",
];
