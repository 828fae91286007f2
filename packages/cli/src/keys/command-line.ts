import { type Command, InvalidArgumentError, Option } from "commander";
import type {
  KeysNextOptions,
  KeysOptions,
  KeysOriginOptions,
  KeysResealOptions,
  KeysRevokeOptions,
  KeysRotateOptions,
} from "../commands/keys.ts";
import type { Outcome } from "../exit-codes.ts";
import { parseOrigin } from "../option-values.ts";
import type { Output } from "../output.ts";

/** Adds `wardwire keys` and what is below it. */
export function addKeys(program: Command, output: Output, finish: (running: Promise<Outcome>) => Promise<void>): void {
  const keys = program.command("keys").description("the keys of sealed connections: identities, delegate, bundle");
  const loaded = (): Promise<typeof import("../commands/keys.ts")> => import("../commands/keys.ts");
  const add = (name: string, description: string, members = '"pins","delegate","bundle","keys"'): Command =>
    keys
      .command(name)
      .description(description)
      .option("--folder <folder>", "where the keys lie", "keys")
      .option("--json", `one JSON document {${members}}`);
  const addSealed = (name: string, description: string, members?: string): Command =>
    add(name, description, members).option(
      "--master-key-file <file>",
      "what seals them; else the environment's WARDWIRE_MASTER_KEY",
    );
  addSealed("init", "make identities, delegate, online keys and the first bundle; makes the master key's file too")
    .addOption(originOption("an origin clients connect to"))
    .action((options: KeysOriginOptions) => finish(loaded().then(({ initKeys }) => initKeys(options, output))));
  add("show", "print pins, dates and online keys").action((options: KeysOptions) =>
    finish(loaded().then(({ showKeys }) => showKeys(options, output))),
  );
  addSealed("rotate", "publish a next online key; every day")
    .option("--delegate", "with a new delegate, signed by the current identity; within 90 days")
    .action((options: KeysRotateOptions) => finish(loaded().then(({ rotateKeys }) => rotateKeys(options, output))));
  addSealed("revoke", "revoke an online key, or the current identity by the next one")
    .option("--kid <kid>", "the online key, 16 hexadecimal characters", parseKid)
    .option("--identity", "the current identity: the next one takes its place")
    .action((options: KeysRevokeOptions) => finish(loaded().then(({ revokeKeys }) => revokeKeys(options, output))));
  addSealed("next", "make another next identity, after the one before has taken over")
    .option("--replace", "instead of one that was lost or copied")
    .action((options: KeysNextOptions) =>
      finish(loaded().then(({ makeNextIdentity }) => makeNextIdentity(options, output))),
    );
  addSealed("reseal", "seal the key files under another master key", '"resealed","already"')
    .requiredOption("--new-master-key-file <file>", "the other one; made where there is none")
    .action((options: KeysResealOptions) => finish(loaded().then(({ resealAll }) => resealAll(options, output))));
  addSealed("bundle", "sign the bundle anew, for another 72 hours")
    .addOption(originOption("origins instead of those it has"))
    .action((options: KeysOriginOptions) =>
      finish(loaded().then(({ publishBundle }) => publishBundle(options, output))),
    );
}

function originOption(description: string): Option {
  const collect = (text: string, before: readonly string[]): readonly string[] => [...before, parseOrigin(text)];
  return new Option("--origin <url>", `${description}; may be repeated`).argParser(collect).default([], "none");
}

function parseKid(text: string): string {
  if (/^[0-9a-f]{16}$/.test(text)) return text;
  throw new InvalidArgumentError("Expected 16 hexadecimal characters, as `wardwire keys show` prints them.");
}
