import type { Mutant } from "../../mutant.ts";

/** Guards of the keys of a gateway. */
export const serverKeyMutants: readonly Mutant[] = [
  {
    name: "a-key-file-may-lie-open",
    file: "packages/gateway/src/server-keys/private-file.ts",
    find: "(mode & permissionBits[kept]) !== 0",
    replace: "false",
    tests: ["packages/gateway/test/server-keys/load.test.ts"],
    rule: "KF-3",
  },
  {
    name: "a-bundle-of-anothers-delegate-is-served",
    file: "packages/gateway/src/server-keys/published-bundles.ts",
    find: 'if ("refused" in verdict) throw verdict.refused;',
    replace: "",
    tests: ["packages/gateway/test/server-keys/load.test.ts"],
    rule: "KB-3.1",
  },
  {
    name: "a-key-is-taken-for-another",
    file: "packages/gateway/src/server-keys/published-bundles.ts",
    find: "if (equalBytes(key.publicKey, publicKey)) return key;",
    replace: "return key;",
    tests: ["packages/gateway/test/server-keys/load.test.ts"],
    rule: "KB-1.5",
  },
  {
    name: "replaced-keys-stay-in-every-bundle",
    file: "packages/gateway/src/server-keys/publication.ts",
    find: "return live.filter(({ notBefore }) => notBefore >= inUse);",
    replace: "return live;",
    tests: ["packages/gateway/test/server-keys/rotation.test.ts"],
    rule: "KB-1.6",
  },
  {
    name: "an-older-bundle-takes-the-place-of-the-newer",
    file: "packages/gateway/src/server-keys/stored-server-keys.ts",
    find: "if (newest.bundle.version < inForce) throw",
    replace: "if (false) throw",
    tests: ["packages/gateway/test/server-keys/rotation.test.ts"],
    rule: "KB-3.3",
  },
  {
    name: "writers-of-keys-take-no-lock",
    file: "packages/gateway/src/server-keys/administration.ts",
    find: "if (lock !== undefined) return await change();",
    replace: "return await change();",
    tests: ["packages/gateway/test/server-keys/writers.test.ts"],
    rule: "KB-1.6",
  },
  {
    name: "a-days-history-key-is-written-over",
    file: "packages/gateway/src/server-keys/history-days.ts",
    find: 'historyKeyPath(day), secret, "create")',
    replace: 'historyKeyPath(day), secret, "replace")',
    tests: ["packages/gateway/test/server-keys/history.test.ts"],
    rule: "HR-3",
  },
  {
    name: "a-history-key-goes-a-day-early",
    file: "packages/gateway/src/server-keys/history-days.ts",
    find: "endOf(day) + this.#lifetimeMs + dayMs < nowMs",
    replace: "endOf(day) + this.#lifetimeMs < nowMs",
    tests: ["packages/gateway/test/server-keys/history.test.ts"],
    rule: "HR-3",
  },
];
