/** Header, claims and signature of a JSON Web Token as they are written; undefined for anything else. */
export function partsOf(token: string): readonly [header: string, claims: string, signature: string] | undefined {
  const [header, claims, signature, rest] = token.split(".");
  if (header === undefined || claims === undefined || signature === undefined || rest !== undefined) return undefined;
  return [header, claims, signature];
}

/** When a JSON Web Token ends, in milliseconds since 1970 (RFC 7519, section 4.1.4); undefined where it does not say. */
export function endOf(token: string): number | undefined {
  const [, claims = ""] = partsOf(token) ?? [];
  try {
    const { exp } = JSON.parse(Buffer.from(claims, "base64url").toString());
    return Number.isFinite(exp) ? exp * 1_000 : undefined;
  } catch {
    // An opaque token says nothing.
    return undefined;
  }
}
