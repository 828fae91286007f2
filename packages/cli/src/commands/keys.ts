import { join } from "node:path";
import type { Bundle } from "@wardwire/crypto/keys/bundle";
import {
  createKeys,
  revokeIdentity,
  revokeOnlineKey,
  rotateDelegate,
  rotateOnlineKey,
  signBundleAnew,
} from "@wardwire/gateway/server-keys/administration";
import { keyFilesIn } from "@wardwire/gateway/server-keys/files";
import { createMasterKeyFile, loadMasterKey } from "@wardwire/gateway/server-keys/master-key";
import { createNextIdentity } from "@wardwire/gateway/server-keys/next-identity";
import { hex, kidText, readBundle, readPins } from "@wardwire/gateway/server-keys/published";
import { type Resealed, resealKeys } from "@wardwire/gateway/server-keys/reseal";
import { CliError } from "../cli-error.ts";
import type { Outcome } from "../exit-codes.ts";
import { gatewayFailure } from "../gateway-failure.ts";
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

/** The options of `wardwire keys next`. */
export interface KeysNextOptions extends KeysOptions {
  /** The next identity there is has been lost or copied. */
  readonly replace?: boolean;
}

/** The options of `wardwire keys reseal`. */
export interface KeysResealOptions extends KeysOptions {
  readonly newMasterKeyFile: string;
}

/**
 * Makes all tiers of keys, and prints the two pins (KB-2.1).
 *
 * @throws CliError `usage` without an origin; `configuration` where there are keys already
 */
export function initKeys(options: KeysOriginOptions, output: Output): Promise<Outcome> {
  const { folder, origin, masterKeyFile } = options;
  if (origin.length === 0) throw new CliError("usage", "expected --origin, such as https://chat.example");
  return explained(async () => {
    if (masterKeyFile !== undefined) createMasterKeyFile(masterKeyFile);
    await changed(options, (store) => createKeys(store, origin, nowSeconds()), output);
    output.say(`Take ${join(folder, "identity-current")} and identity-next offline, apart from each other.`);
  });
}

/** Prints pins, dates and online keys, all of them public. */
export function showKeys({ folder }: KeysOptions, output: Output): Promise<Outcome> {
  return explained(() => tell(folder, output));
}

/** Publishes a next online key, or with `delegate` a new delegate of the current identity too (KB-1.6). */
export function rotateKeys(options: KeysRotateOptions, output: Output): Promise<Outcome> {
  const rotate = options.delegate === true ? rotateDelegate : rotateOnlineKey;
  return explained(() => changed(options, (store) => rotate(store, nowSeconds()), output));
}

/**
 * Revokes an online key, or with `identity` the current identity, by the next one, which takes its place (KB-2.2).
 *
 * @throws CliError `usage` unless exactly one of the two is given; `configuration` for a kid that is not published
 */
export function revokeKeys(options: KeysRevokeOptions, output: Output): Promise<Outcome> {
  const { kid, identity = false } = options;
  if ((kid !== undefined) === identity) throw new CliError("usage", "expected either --kid or --identity");
  return explained(async () => {
    const revoke = (store: KeyStore): Promise<void> =>
      kid === undefined ? revokeIdentity(store, nowSeconds()) : revokeOnlineKey(store, kid, nowSeconds());
    await changed(options, revoke, output);
    if (!identity) return;
    output.say("Clients that see this bundle refuse the revoked identity. Take the one that took its place offline.");
    output.say("One identity is left: run `wardwire keys next`, and ship the two pins it prints.");
  });
}

/**
 * Makes another next identity, and prints the two pins that an application carries from now on (KB-2.4).
 *
 * @throws CliError `configuration` where there is a next identity already and it is not to be replaced
 */
export function makeNextIdentity(options: KeysNextOptions, output: Output): Promise<Outcome> {
  return explained(async () => {
    await changed(options, (store) => createNextIdentity(store, options), output);
    output.say("Ship both pins, in this order: who has those of before does not know the next identity yet.");
    output.say(`Take ${join(options.folder, "identity-next")} offline, apart from the current one.`);
  });
}

/**
 * Seals every key file that is there under another master key, and prints which (KF-4).
 *
 * @throws CliError `configuration` for a file that opens with neither key; nothing has been written then
 */
export function resealAll({ newMasterKeyFile, ...options }: KeysResealOptions, output: Output): Promise<Outcome> {
  return explained(async () => {
    createMasterKeyFile(newMasterKeyFile);
    const newMaster = loadMasterKey({ masterKeyFile: newMasterKeyFile });
    try {
      tellResealed(await withStore(options, (store) => resealKeys(store, newMaster)), output);
    } finally {
      newMaster.dispose();
    }
  });
}

/** Signs the same keys anew, so that the bundle is good for another 72 hours. */
export function publishBundle(options: KeysOriginOptions, output: Output): Promise<Outcome> {
  const origins = options.origin.length === 0 ? undefined : options.origin;
  return explained(() => changed(options, (store) => signBundleAnew(store, origins, nowSeconds()), output));
}

type KeyStore = Parameters<typeof createKeys>[0];

/** Changes the keys of the folder, and tells how they are afterwards. */
async function changed(
  options: KeysOptions,
  change: (store: KeyStore) => Promise<void>,
  output: Output,
): Promise<void> {
  await withStore(options, change);
  await tell(options.folder, output);
}

async function withStore<Result>(
  { folder, masterKeyFile }: KeysOptions,
  run: (store: KeyStore) => Promise<Result>,
): Promise<Result> {
  const master = loadMasterKey({ masterKeyFile });
  try {
    return await run({ files: keyFilesIn(folder), master });
  } finally {
    master.dispose();
  }
}

/** What is wrong with keys is for the operator to mend; the messages of these errors hold no secret. */
async function explained(run: () => Promise<void>): Promise<Outcome> {
  try {
    await run();
    return "ok";
  } catch (error) {
    throw gatewayFailure(error);
  }
}

async function tell(folder: string, output: Output): Promise<void> {
  const files = keyFilesIn(folder);
  const { bundle, certificate } = await readBundle(files);
  const pins = await readPins(files);
  const keys = await Promise.all(
    bundle.keys.map(async ({ publicKey, notBefore, notAfter }) => ({
      kid: await kidText(publicKey),
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
  for (const kid of bundle.revokedKids) output.say(`revoked   ${hex(kid)}`);
}

function tellResealed({ resealed, already }: Resealed, output: Output): void {
  output.record({ resealed, already });
  for (const name of resealed) output.say(`resealed  ${name}`);
  for (const name of already) output.say(`already   ${name}`);
  const there = [...resealed, ...already].map((name) => name.split("/")[0]);
  for (const name of ["identity-current", "identity-next"]) {
    if (!there.includes(name)) output.say(`${name} is not here: bring it, and run this again.`);
  }
  output.say("Start the gateways again with the new master key; keep the old one until all is resealed.");
}

function summary({ version, notBefore, notAfter, origins, revokedKids }: Bundle): object {
  return {
    version,
    notBefore: instant(notBefore),
    notAfter: instant(notAfter),
    origins,
    revokedKids: revokedKids.map(hex),
  };
}

function instant(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}
