/** A page that shows what the device key of the guide's example is, for the test next to it. */
import { toBase64url } from "@wardwire/crypto/base64url";
import { signDeviceProof } from "@wardwire/crypto/handshake/device-proof";
import { deviceKey } from "../../examples/guide/device-key.ts";

/** What the page shows, as JSON. */
export interface ShownKey {
  readonly publicKeys: readonly JsonWebKey[];
  /** The name of what went wrong when the page tried to read its private key; `none` when nothing did. */
  readonly exportFailure: string;
  /** A proof of AUTH over 32 zeros for the token `token`, Base64url. */
  readonly proof: string;
}

// As two tabs that are opened at once.
const keys = await Promise.all([deviceKey(), deviceKey()]);
const [{ privateKey }] = keys;
const shown: ShownKey = {
  publicKeys: await Promise.all(keys.map(({ publicKey }) => crypto.subtle.exportKey("jwk", publicKey))),
  exportFailure: await crypto.subtle.exportKey("pkcs8", privateKey).then(
    () => "none",
    (error: unknown) => (error as Error).name,
  ),
  proof: toBase64url(await signDeviceProof(privateKey, { role: "auth", transcriptHash: new Uint8Array(32) }, "token")),
};
const root = document.querySelector("#root");
if (root === null) throw new Error("the page has no #root");
root.textContent = JSON.stringify(shown);
