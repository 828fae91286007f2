import { fromBase64url, toBase64url } from "../base64url.ts";
import type { Primitives } from "../primitives/primitives.ts";
import { malformed } from "./canonical-cbor.ts";

/** What a client knows of an identity beforehand: `sha256:` and 43 characters of Base64url (KB-1.1). */
export type Pin = string & { readonly pin: never };

/** The pin of an identity's signing key. */
export async function pinOf(primitives: Primitives, identity: Uint8Array): Promise<Pin> {
  return pinOfHash(await primitives.sha256(identity));
}

/** The text of a pin's 32 bytes. */
export function pinOfHash(hash: Uint8Array): Pin {
  return `${prefix}${toBase64url(hash)}` as Pin;
}

/**
 * Checks a pin that somebody wrote down.
 *
 * @throws CryptoError `key-bundle` with what a pin looks like
 */
export function parsePin(text: string): Pin {
  const bytes = text.startsWith(prefix) ? fromBase64url(text.slice(prefix.length)) : undefined;
  if (bytes?.length === 32) return text as Pin;
  throw malformed(`expected a pin, ${prefix} and 43 characters, as \`wardwire keys show\` prints it`);
}

const prefix = "sha256:";
