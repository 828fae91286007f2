import { fromBase64url, toBase64url } from "@wardwire/crypto/base64url";
import { type ProofBinding, signDeviceProof } from "@wardwire/crypto/handshake/device-proof";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { cborCodec } from "@wardwire/wire/cbor";
import type { ClientFrame, GatewayFrame } from "@wardwire/wire/frames";
import { ClientError } from "../client-error.ts";

/** The key that this device's tokens name in `cnf.jwk`: a `CryptoKeyPair` is one. */
export interface DeviceKey {
  /** For Ed25519, or ECDSA with P-256. It is used to sign and nothing else, so that it need not be extractable. */
  readonly privateKey: CryptoKey;
}

/** @throws ClientError `invalid-device-key` for one that cannot sign proofs */
export function checkDeviceKey(key: DeviceKey): void {
  const { algorithm, usages } = key?.privateKey ?? {};
  const { name, namedCurve } = (algorithm ?? {}) as Partial<EcKeyAlgorithm>;
  const isKnown = name === "Ed25519" || (name === "ECDSA" && namedCurve === "P-256");
  // Only a private key may sign.
  if (isKnown && usages?.includes("sign")) return;
  throw new ClientError("invalid-device-key", "expected deviceKey.privateKey to sign by Ed25519, or ECDSA with P-256");
}

/** Puts the device's proofs into the frames of one session that show a token (AU-2), on their way to be sealed. */
export class DeviceProofs {
  readonly #key: DeviceKey;
  readonly #transcriptHash: Uint8Array;
  readonly #inForce: { readonly exporter: SecretBytes };
  /** What the gateway has given for the next renewal. */
  #nonce: Uint8Array | undefined;

  /**
   * @param key as {@link checkDeviceKey} takes it
   * @param transcriptHash h of the first handshake
   * @param inForce has the exporter that is in force when it is asked, which stays its owner's
   */
  constructor(key: DeviceKey, transcriptHash: Uint8Array, inForce: { readonly exporter: SecretBytes }) {
    this.#key = key;
    this.#transcriptHash = transcriptHash;
    this.#inForce = inForce;
  }

  /** Looks for the nonce of the next renewal in a frame of the gateway. */
  heard(frame: GatewayFrame): void {
    if (frame.type !== "connected" && frame.type !== "renewed") return;
    const { renewalNonce } = frame;
    this.#nonce = renewalNonce === undefined ? undefined : fromBase64url(renewalNonce);
  }

  /**
   * The message of a frame as it is to be sealed: encoded anew with a proof where the frame shows a token, else as given.
   *
   * @throws whatever the platform says when it cannot sign, as a rejection
   */
  async complete(message: Uint8Array, frame: ClientFrame): Promise<Uint8Array> {
    if (frame.type !== "connect" && frame.type !== "renew") return message;
    const binding = this.#bindingOf(frame.type);
    if (frame.token === undefined || binding === undefined) return message;
    const proof = toBase64url(await signDeviceProof(this.#key.privateKey, binding, frame.token));
    return cborCodec.encode({ ...frame, proof }) as Uint8Array;
  }

  #bindingOf(type: "connect" | "renew"): ProofBinding | undefined {
    if (type === "connect") return { role: "auth", transcriptHash: this.#transcriptHash };
    return this.#nonce && { role: "renewal", exporter: this.#inForce.exporter, nonce: this.#nonce };
  }
}
