import { createHmac, randomBytes } from "node:crypto";
import type { Credential, Identity } from "./identity.ts";

/** A name for a credential that may stand in a log: the same for each use of it, and of no use to whoever reads it. */
export type CredentialId = (identity: Identity, credential: Credential) => string;

/**
 * Names credentials of one gateway: by the session, else by the token's id, else by the credential itself. What a name is
 * made of goes through HMAC-SHA-256 under a key of this process, so that nobody can try guesses against a name, and names
 * of two processes tell nothing about each other.
 *
 * @param key 32 random bytes; others for tests only.
 */
export function credentialIds(key: Uint8Array = randomBytes(32)): CredentialId {
  return ({ userId, sessionId, tokenId }, credential) => {
    const mac = createHmac("sha256", key);
    if (sessionId !== undefined) mac.update(JSON.stringify(["session", userId, sessionId]));
    else if (tokenId !== undefined) mac.update(JSON.stringify(["token", userId, tokenId]));
    else mac.update(credential.kind).update("\0").update(bytesOf(credential));
    return mac.digest("base64url").slice(0, length);
  };
}

/** Characters of a name: 96 bits. */
const length = 16;

function bytesOf(credential: Credential): string | Uint8Array {
  switch (credential.kind) {
    case "token":
      return credential.token;
    case "ticket":
      return credential.ticket;
    case "certificate":
      return credential.der;
  }
}
