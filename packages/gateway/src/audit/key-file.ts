import { type IntegrityKey, importIntegrityKey, minIntegrityKeyBytes } from "@wardwire/crypto/integrity";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { AuditError } from "./audit-error.ts";

/**
 * Reads the text of a key file (AL-KEY-1): one key a line, its id, a space, and 32 to 128 bytes in Base64url without padding.
 * The first signs; all verify. Lines that are blank or begin with `#` count for nothing.
 *
 * @returns at least one key
 * @throws AuditError `invalid-audit-options`, as a rejection, for anything else; the message never shows a key
 */
export async function parseAuditKeys(text: string): Promise<readonly [IntegrityKey, ...IntegrityKey[]]> {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const keys: IntegrityKey[] = [];
  for (const { line, number } of lines) {
    if (line === "" || line.startsWith("#")) continue;
    const key = await parseKey(line, number);
    if (keys.some(({ keyId }) => keyId === key.keyId)) throw invalid(number, "an id that no other line has");
    keys.push(key);
  }
  const [first, ...others] = keys;
  if (first === undefined) throw invalid(1, "at least one key");
  return [first, ...others];
}

const maxKeyBytes = 128;

async function parseKey(line: string, number: number): Promise<IntegrityKey> {
  const [, keyId = "", text = ""] = /^([A-Za-z0-9._-]{1,64}) +([A-Za-z0-9_-]+)$/.exec(line) ?? [];
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length < minIntegrityKeyBytes || bytes.length > maxKeyBytes) {
    throw invalid(number, `an id, a space and ${minIntegrityKeyBytes} to ${maxKeyBytes} bytes in Base64url`);
  }
  const secret = SecretBytes.take(bytes);
  try {
    return await importIntegrityKey(keyId, secret);
  } finally {
    secret.dispose();
  }
}

function invalid(number: number, expected: string): AuditError {
  return new AuditError("invalid-audit-options", `audit key file, line ${number}: expected ${expected}`);
}
