import { equalBytes } from "@wardwire/crypto/bytes";
import { issueCertificate, parseCertificate } from "@wardwire/crypto/keys/certificate";
import { importSigningKey, type SigningKey, signingSeedBytes } from "@wardwire/crypto/keys/signing-key";
import { maxLifetimeSeconds } from "@wardwire/crypto/keys/validity";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { GatewayError } from "../gateway-error.ts";
import { explained, type KeyStore, keyPaths, openSecret, requireFile, sealSecret } from "./key-store.ts";

/** Makes an identity, seals its seeds into a file, and gives it to the caller to use and dispose of. */
export function createIdentity(store: KeyStore, file: "currentIdentity" | "nextIdentity"): Promise<SigningKey> {
  return createSigningKey(store, "identity", keyPaths[file]);
}

/**
 * An identity, which the caller disposes of.
 *
 * @throws GatewayError as `openSecret`
 */
export function loadIdentity(store: KeyStore, file: "currentIdentity" | "nextIdentity"): Promise<SigningKey> {
  return loadSigningKey(store, "identity", keyPaths[file]);
}

/** A new delegate, certified by an identity for as long as may be; online keys are not touched. */
export async function createDelegate(store: KeyStore, identity: SigningKey, nowSeconds: number): Promise<void> {
  const delegate = await createSigningKey(store, "delegate", keyPaths.delegate);
  const validity = { notBefore: nowSeconds, notAfter: nowSeconds + maxLifetimeSeconds.delegate };
  try {
    store.files.replace(keyPaths.certificate, await issueCertificate(identity, delegate.publicKey, validity));
  } finally {
    delegate.dispose();
  }
}

/**
 * The delegate, which the caller disposes of, and what vouches for it.
 *
 * @throws GatewayError as `openSecret`; `server-keys-invalid` when the certificate is another delegate's, `server-keys-expired`
 *   when it has ended
 */
export async function loadDelegate(
  store: KeyStore,
  nowSeconds: number,
): Promise<{
  readonly delegate: SigningKey;
  readonly certificate: Uint8Array<ArrayBuffer>;
  readonly notAfter: number;
}> {
  const certificate = requireFile(store.files, keyPaths.certificate);
  const at = store.files.at(keyPaths.certificate);
  const certified = await explained(at, () => parseCertificate(certificate));
  if (nowSeconds > certified.notAfter) throw delegateEnded(at, certified.notAfter);
  const delegate = await loadSigningKey(store, "delegate", keyPaths.delegate);
  if (equalBytes(delegate.publicKey, certified.delegate)) {
    return { delegate, certificate, notAfter: certified.notAfter };
  }
  delegate.dispose();
  throw new GatewayError(
    "server-keys-invalid",
    `${at} certifies another delegate than delegate.key is: run \`wardwire keys rotate --delegate\``,
  );
}

/** The error of a delegate whose time is over. */
export function delegateEnded(path: string, notAfter: number): GatewayError {
  const when = new Date(notAfter * 1_000).toISOString();
  return new GatewayError(
    "server-keys-expired",
    `${path}: the delegate ended at ${when}; run \`wardwire keys rotate --delegate\`, with the current identity there`,
  );
}

async function createSigningKey(store: KeyStore, kind: "identity" | "delegate", name: string): Promise<SigningKey> {
  const seeds = SecretBytes.random(signingSeedBytes);
  try {
    await sealSecret(store, kind, name, seeds);
    return await importSigningKey(nodePrimitives, seeds);
  } finally {
    seeds.dispose();
  }
}

async function loadSigningKey(store: KeyStore, kind: "identity" | "delegate", name: string): Promise<SigningKey> {
  const seeds = await openSecret(store, kind, name);
  try {
    return await explained(store.files.at(name), () => importSigningKey(nodePrimitives, seeds));
  } finally {
    seeds.dispose();
  }
}
