import { fromBase64url } from "../base64url.ts";
import { type Bytes, concatBytes, equalBytes, utf8 } from "../bytes.ts";
import { CryptoError } from "../crypto-error.ts";
import { expandLabel } from "../expand-label.ts";
import { labels } from "../labels.ts";
import { type AeadKey, aeadBytes, type Primitives } from "../primitives/primitives.ts";
import { SecretBytes } from "../secret-bytes.ts";

/** What a key file may hold, by the byte that says so. */
export const keyFileKinds = { identity: 1, delegate: 2, online: 3, history: 4 } as const;

/** One of {@link keyFileKinds}. */
export type KeyFileKind = keyof typeof keyFileKinds;

/**
 * The master key that somebody wrote into a file or the environment: 43 characters of Base64url, white space around them
 * not counted.
 *
 * @throws CryptoError `key-file`; the message holds nothing of `text`
 */
export function parseMasterKey(text: string): SecretBytes {
  const bytes = fromBase64url(text.trim());
  if (bytes?.length === 32) return SecretBytes.take(bytes);
  throw new CryptoError("key-file", "expected a master key of 43 characters of Base64url (32 random bytes)");
}

/** The bytes of a key file (KF-1); `master` and `content` stay the caller's. */
export async function sealKeyFile(
  primitives: Primitives,
  master: SecretBytes,
  kind: KeyFileKind,
  content: SecretBytes,
): Promise<Bytes> {
  const header = concatBytes(magic, Uint8Array.of(keyFileKinds[kind]), primitives.randomBytes(saltBytes));
  const key = await fileKey(primitives, master, header);
  try {
    return concatBytes(header, await content.use((bytes) => key.seal(nonce, header, bytes)));
  } finally {
    key.dispose();
  }
}

/**
 * What a key file holds; the caller owns it. A wrong master key, another kind and a changed byte are one error (KF-3).
 *
 * @throws CryptoError `key-file`, as a rejection
 */
export async function openKeyFile(
  primitives: Primitives,
  master: SecretBytes,
  kind: KeyFileKind,
  file: Uint8Array,
): Promise<SecretBytes> {
  const header = file.slice(0, headerBytes);
  const expected = concatBytes(magic, Uint8Array.of(keyFileKinds[kind]));
  if (file.length > headerBytes + aeadBytes.tag && equalBytes(header.subarray(0, expected.length), expected)) {
    const key = await fileKey(primitives, master, header);
    const content = await key.open(nonce, header, file.subarray(headerBytes));
    key.dispose();
    if (content !== undefined) return SecretBytes.take(content);
  }
  throw new CryptoError("key-file", `expected a key file (${kind}) sealed under this master key, got something else`);
}

/** `WWKF` and the format. */
const magic = concatBytes(utf8("WWKF"), Uint8Array.of(1));
const saltBytes = 32;
const headerBytes = magic.length + 1 + saltBytes;

/** The salt makes a key of its own for each writing, so that this nonce is used once with it. */
const nonce = new Uint8Array(aeadBytes.nonce);

async function fileKey(primitives: Primitives, master: SecretBytes, header: Uint8Array): Promise<AeadKey> {
  const kind = header.subarray(magic.length, magic.length + 1);
  const prk = await primitives.hkdfExtract(header.subarray(magic.length + 1), master);
  const secret = await expandLabel(primitives, prk, labels.keyFile, kind, aeadBytes.key);
  try {
    return await primitives.importAead("aes-256-gcm", secret);
  } finally {
    prk.dispose();
    secret.dispose();
  }
}
