import { type Pin, pinOf } from "@wardwire/crypto/keys/pin";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { GatewayError } from "../../gateway-error.ts";
import { changing } from "../administration.ts";
import { type KeyStore, keyPaths } from "../key-store.ts";
import { readPins } from "../published-bundles.ts";
import { createIdentity, loadIdentity } from "../signing-keys.ts";

/** What {@link createNextIdentity} is told. */
export interface NextIdentityOptions {
  /** The next identity there is has been lost or copied: its pin gives way. Nothing is erased. */
  readonly replace?: boolean;
}

/**
 * Makes another next identity where the one before has taken over, and puts its pin behind the current one's (KB-2.4). Nothing is
 * signed, so that neither the current identity nor the delegate has to be there, and bundles stay as they are.
 *
 * @throws GatewayError `server-keys-conflict` where there is a next identity already, here or away, and for any identity that lies
 *   in its place, whose message says what to do with it. Also as `readPins` and `openSecret`
 */
export function createNextIdentity(store: KeyStore, { replace = false }: NextIdentityOptions = {}): Promise<void> {
  return changing(store, async () => {
    const { files } = store;
    const pins = await readPins(files);
    const [current, next] = pins;
    if (next !== undefined && !replace) {
      const advice = "only one that was lost or copied may be replaced (--replace)";
      throw new GatewayError("server-keys-conflict", `there is a next identity already, ${next}: ${advice}`);
    }
    if (files.revision(keyPaths.nextIdentity) !== undefined) throw await inTheWay(store, pins);
    const identity = await createIdentity(store, "nextIdentity");
    try {
      // Last: nobody is to pin what may not be there.
      files.replace(keyPaths.pins, `${current}\n${await pinOf(nodePrimitives, identity.publicKey)}\n`);
    } finally {
      identity.dispose();
    }
  });
}

/**
 * An identity that is found is never taken for the next one, not even what a run that was cut off has left: it may be one that was
 * revoked or replaced, and somebody else's too.
 */
async function inTheWay(store: KeyStore, [current, next]: readonly Pin[]): Promise<GatewayError> {
  const identity = await loadIdentity(store, "nextIdentity");
  const pin = await pinOf(nodePrimitives, identity.publicKey);
  identity.dispose();
  const advice =
    pin === current
      ? "the current one, whose takeover was cut off: finish it with `wardwire keys revoke --identity`"
      : pin === next
        ? "the one to be replaced: take it away first"
        : `${pin}, which nobody pins: delete it`;
  return new GatewayError("server-keys-conflict", `the identity ${store.files.at(keyPaths.nextIdentity)} is ${advice}`);
}
