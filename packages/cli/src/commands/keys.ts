import { renameSync } from "node:fs";
import { join } from "node:path";
import { CryptoError } from "@wardwire/crypto/crypto-error";
import { type Bundle, kidOf, parseBundle } from "@wardwire/crypto/keys/bundle";
import { parseCertificate } from "@wardwire/crypto/keys/certificate";
import { pinOf } from "@wardwire/crypto/keys/pin";
import { issueRevocation } from "@wardwire/crypto/keys/revocation";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { CliError } from "../cli-error.ts";
import type { Outcome } from "../exit-codes.ts";
import { createKeyFolders, type KeyFolder, keyPaths, readPublicFile, writePublicFile } from "../keys/key-folder.ts";
import { loadMasterKey } from "../keys/master-key.ts";
import {
  createDelegate,
  createSigningKey,
  kidText,
  loadSigningKey,
  publishFirstBundle,
  publishNextBundle,
} from "../keys/publication.ts";
import type { Output } from "../output.ts";

/** What all commands of `wardwire keys` take; `show` needs no master key, since all it tells is public. */
export interface KeysOptions {
  readonly folder: string;
  readonly masterKeyFile?: string;
}

/** The options of `wardwire keys init` and of `bundle`. */
export interface KeysOriginOptions extends KeysOptions {
  readonly origin: readonly string[];
}

/** The options of `wardwire keys rotate`. */
export interface KeysRotateOptions extends KeysOptions {
  readonly delegate?: boolean;
}

/** The options of `wardwire keys revoke`: one of the two. */
export interface KeysRevokeOptions extends KeysOptions {
  readonly kid?: string;
  readonly identity?: boolean;
}

/**
 * Makes all tiers of keys, and prints the two pins (KB-2.1).
 *
 * @throws CliError `usage` without an origin; `configuration` where there are keys already
 */
export async function initKeys(options: KeysOriginOptions, output: Output): Promise<Outcome> {
  if (options.origin.length === 0) throw new CliError("usage", "expected --origin, such as https://chat.example");
  createKeyFolders(options.folder);
  return withFolder(options, true, async (folder) => {
    const current = await createSigningKey(folder, "identity", keyPaths.currentIdentity);
    const next = await createSigningKey(folder, "identity", keyPaths.nextIdentity);
    const pins = [await pinOf(nodePrimitives, current.publicKey), await pinOf(nodePrimitives, next.publicKey)];
    writePublicFile(folder, "pins", `${pins.join("\n")}\n`);
    await createDelegate(folder, current, nowSeconds());
    current.dispose();
    next.dispose();
    await publishFirstBundle(folder, options.origin, nowSeconds());
    await tell(folder, output);
    output.say(`Take ${join(options.folder, "identity-current")} and identity-next offline, apart from each other.`);
  });
}

/** Prints pins, dates and online keys, all of them public. */
export function showKeys(options: KeysOptions, output: Output): Promise<Outcome> {
  return explained(() => tell({ path: options.folder }, output));
}

/** Publishes a next online key, or with `delegate` a new delegate of the current identity too (KB-1.6). */
export function rotateKeys(options: KeysRotateOptions, output: Output): Promise<Outcome> {
  return withFolder(options, false, async (folder) => {
    if (options.delegate === true) {
      const identity = await loadSigningKey(folder, "identity", keyPaths.currentIdentity);
      await createDelegate(folder, identity, nowSeconds());
      identity.dispose();
    }
    await publishNextBundle(folder, { newKey: "next" }, nowSeconds());
    await tell(folder, output);
  });
}

/**
 * Revokes an online key, or with `identity` the current identity, by the next one, which takes its place (KB-2.2).
 *
 * @throws CliError `usage` unless exactly one of the two is given; `configuration` for a kid that is not published
 */
export function revokeKeys(options: KeysRevokeOptions, output: Output): Promise<Outcome> {
  const { kid, identity = false } = options;
  if ((kid !== undefined) === identity) throw new CliError("usage", "expected either --kid or --identity");
  return withFolder(options, false, async (folder) => {
    if (kid === undefined) await revokeIdentity(folder);
    else await requirePublished(folder, kid);
    await publishNextBundle(folder, { newKey: "now", ...(kid === undefined ? {} : { revokedKid: kid }) }, nowSeconds());
    await tell(folder, output);
    if (identity) output.say("Clients that see this bundle refuse the revoked identity. Ship new pins: one is left.");
  });
}

/** Signs the same keys anew, so that the bundle is good for another 72 hours. */
export function publishBundle(options: KeysOriginOptions, output: Output): Promise<Outcome> {
  return withFolder(options, false, async (folder) => {
    await publishNextBundle(folder, options.origin.length === 0 ? {} : { origins: options.origin }, nowSeconds());
    await tell(folder, output);
  });
}

function withFolder(
  { folder: path, masterKeyFile }: KeysOptions,
  create: boolean,
  run: (folder: KeyFolder) => Promise<void>,
): Promise<Outcome> {
  return explained(async () => {
    const master = loadMasterKey(masterKeyFile, create, process.env);
    try {
      await run({ path, master });
    } finally {
      master.dispose();
    }
  });
}

/** What is wrong with a key or a bundle is for the operator to mend; the messages of these errors hold no secret. */
async function explained(run: () => Promise<void>): Promise<Outcome> {
  try {
    await run();
    return "ok";
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    throw new CliError("configuration", error.message, { cause: error });
  }
}

async function revokeIdentity(folder: KeyFolder): Promise<void> {
  const next = await loadSigningKey(folder, "identity", keyPaths.nextIdentity);
  const { identity: current } = parseCertificate(readPublicFile(folder, "certificate"));
  // After a run that was cut off the next identity may have taken over already; it must not revoke itself.
  if (Buffer.compare(current, next.publicKey) !== 0) {
    writePublicFile(folder, "revocation", await issueRevocation(nodePrimitives, next, current, nowSeconds()));
  }
  await createDelegate(folder, next, nowSeconds());
  writePublicFile(folder, "pins", `${await pinOf(nodePrimitives, next.publicKey)}\n`);
  next.dispose();
  renameSync(join(folder.path, keyPaths.nextIdentity), join(folder.path, keyPaths.currentIdentity));
}

async function requirePublished(folder: KeyFolder, kid: string): Promise<void> {
  const { keys } = parseBundle(readPublicFile(folder, "bundle"));
  const kids = await Promise.all(keys.map(async ({ publicKey }) => kidText(await kidOf(nodePrimitives, publicKey))));
  if (!kids.includes(kid)) throw new CliError("configuration", `${kid} is not published; there are ${kids.join(", ")}`);
}

async function tell(folder: Pick<KeyFolder, "path">, output: Output): Promise<void> {
  const bundle = parseBundle(readPublicFile(folder, "bundle"));
  const certificate = parseCertificate(bundle.certificate);
  const pins = new TextDecoder().decode(readPublicFile(folder, "pins")).trim().split("\n");
  const keys = await Promise.all(
    bundle.keys.map(async ({ publicKey, notBefore, notAfter }) => ({
      kid: kidText(await kidOf(nodePrimitives, publicKey)),
      notBefore: instant(notBefore),
      notAfter: instant(notAfter),
    })),
  );
  const delegate = { notBefore: instant(certificate.notBefore), notAfter: instant(certificate.notAfter) };
  output.record({ pins, delegate, bundle: summary(bundle), keys });
  for (const [index, pin] of pins.entries()) output.say(`${index === 0 ? "pin     " : "next pin"}  ${pin}`);
  output.say(`delegate  until ${delegate.notAfter}`);
  output.say(
    `bundle    version ${bundle.version}, until ${instant(bundle.notAfter)}, for ${bundle.origins.join(", ")}`,
  );
  for (const { kid, notBefore, notAfter } of keys) output.say(`key       ${kid}  ${notBefore} to ${notAfter}`);
  for (const kid of bundle.revokedKids) output.say(`revoked   ${kidText(kid)}`);
}

function summary({ version, notBefore, notAfter, origins, revokedKids }: Bundle): object {
  return {
    version,
    notBefore: instant(notBefore),
    notAfter: instant(notAfter),
    origins,
    revokedKids: revokedKids.map(kidText),
  };
}

function instant(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}
