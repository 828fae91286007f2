import { toBase64url } from "@wardwire/crypto/base64url";
import { type ProofBinding, signDeviceProof } from "@wardwire/crypto/handshake/device-proof";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import type { Json } from "@wardwire/wire/frames";
import { jwt } from "../../../src/auth/jwt/jwt.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { audience, claimsAt, clockAt, issuer, newSigner, signToken } from "../token-signer.ts";

/** What {@link newDevice} makes keys for. */
export const deviceAlgorithms = {
  Ed25519: { name: "Ed25519" },
  "P-256": { name: "ECDSA", namedCurve: "P-256" },
} as const;

/** A device with a key of its own that nobody can export. */
export interface Device {
  /** What `cnf.jwk` of its tokens says. */
  readonly jwk: { readonly [name: string]: Json };
  /** A proof as it stands in a frame. */
  prove(binding: ProofBinding, token: string): Promise<string>;
  /** A proof for AUTH in the session whose handshake has this h. */
  proveAuth(session: { readonly transcriptHash: Uint8Array }, token: string): Promise<string>;
  /** A proof for `renew` under this exporter and nonce, the nonce as the gateway wrote it. */
  proveRenewal(session: { readonly exporter: SecretBytes }, nonce: string | undefined, token: string): Promise<string>;
}

/** Makes a device and its key. */
export async function newDevice(algorithm: keyof typeof deviceAlgorithms = "Ed25519"): Promise<Device> {
  const generated = await crypto.subtle.generateKey(deviceAlgorithms[algorithm], false, ["sign", "verify"]);
  const { privateKey, publicKey } = generated as CryptoKeyPair;
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  const prove = async (binding: ProofBinding, token: string): Promise<string> =>
    toBase64url(await signDeviceProof(privateKey, binding, token));
  return {
    jwk: { kty, crv, x, ...(y === undefined ? {} : { y }) } as Device["jwk"],
    prove,
    proveAuth: ({ transcriptHash }, token) => prove({ role: "auth", transcriptHash }, token),
    proveRenewal: ({ exporter }, nonce, token) => {
      const bytes = Buffer.from(nonce ?? "", "base64url");
      return prove({ role: "renewal", exporter, nonce: bytes }, token);
    },
  };
}

const signer = newSigner("Ed25519", "k1");
const now = new ManualClock().now();

/** Takes the tokens of {@link tokenFor}. */
export const byToken = jwt({
  issuer,
  audience,
  algorithms: ["Ed25519"],
  keys: [signer.publicJwk],
  clock: clockAt(now),
});

/** A good token of alice's: bound to a device where one is named, else one that whoever has it may show. */
export function tokenFor(device?: Pick<Device, "jwk">, changes: Readonly<Record<string, unknown>> = {}): string {
  return signToken(signer, claimsAt(now, { ...(device && { cnf: { jwk: device.jwk } }), ...changes }));
}
