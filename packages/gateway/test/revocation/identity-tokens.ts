import type { Authenticate, Identity } from "../../src/auth/identity.ts";

/** A token for {@link takesIdentities}: the identity itself. It lasts an hour unless `fields` says otherwise. */
export function tokenOf(fields: Partial<Identity>): string {
  return Buffer.from(JSON.stringify({ claims: {}, userId: "alice", ...fields })).toString("base64url");
}

/** An authenticator that believes whatever it is told. */
export function takesIdentities(now: () => number): Authenticate {
  return (credential) => {
    if (credential.kind !== "token") return { ok: false, code: "token-invalid", detail: "no token" };
    const fields = JSON.parse(Buffer.from(credential.token, "base64url").toString()) as Identity;
    return { ok: true, identity: { ...fields, expiresAt: fields.expiresAt ?? now() + 3_600_000 } };
  };
}
