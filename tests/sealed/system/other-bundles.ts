import type { Bytes } from "@wardwire/crypto/bytes";
import { type Bundle, issueBundle, parseBundle } from "@wardwire/crypto/keys/bundle";
import { issueCertificate } from "@wardwire/crypto/keys/certificate";
import { signingKey } from "../../../packages/gateway/test/support/test-server-keys.ts";

const day = 86_400;

/** The same bundle, changed, and signed by the delegate of the test's server keys as if it had published that. */
export async function reissued(bundle: Bytes, changes: Partial<Bundle>): Promise<Bytes> {
  return issueBundle(await signingKey(2), { ...parseBundle(bundle), ...changes });
}

/** The same bundle of an identity that nobody pins, with its own delegate. */
export async function ofAnotherIdentity(bundle: Bytes): Promise<Bytes> {
  const [identity, delegate] = await Promise.all([signingKey(8), signingKey(9)]);
  const certificate = await issueCertificate(identity, delegate.publicKey, lifeFrom(-day, 30 * day));
  return issueBundle(delegate, { ...parseBundle(bundle), certificate });
}

/** The same bundle, of the right identity but signed by a delegate that it has not certified. */
export async function ofAnotherDelegate(bundle: Bytes): Promise<Bytes> {
  return issueBundle(await signingKey(9), parseBundle(bundle));
}

/** The same bundle of a delegate whose certificate has ended. */
export async function ofExpiredDelegate(bundle: Bytes): Promise<Bytes> {
  const [identity, delegate] = await Promise.all([signingKey(1), signingKey(2)]);
  const certificate = await issueCertificate(identity, delegate.publicKey, lifeFrom(-60 * day, -20 * day));
  return issueBundle(delegate, { ...parseBundle(bundle), certificate });
}

/** A life that begins and ends so many seconds from now. */
export function lifeFrom(begin: number, end: number): { readonly notBefore: number; readonly notAfter: number } {
  const now = Math.floor(Date.now() / 1_000);
  return { notBefore: now + begin, notAfter: now + end };
}
