import type { Mutant } from "../mutant.ts";

/** Whom it trusts and how often it comes back. */
export const clientMutants: readonly Mutant[] = [
  {
    name: "unencrypted-addresses-are-taken",
    file: "packages/client/src/gateway-url.ts",
    find: 'url.protocol === "ws:" && !isLoopbackHost(url.hostname)',
    replace: "false",
    tests: ["packages/client/test/gateway-url.test.ts"],
    rule: "R57",
  },
  {
    name: "credentials-in-addresses-are-taken",
    file: "packages/client/src/gateway-url.ts",
    find: "url.username + url.password + ",
    replace: "",
    tests: ["packages/client/test/gateway-url.test.ts"],
    rule: "R42",
  },
  {
    name: "a-hint-may-lock-a-client-out",
    file: "packages/client/src/backoff.ts",
    find: "Math.min(backoff.maxHintMs, Math.max(0, hintMs))",
    replace: "hintMs",
    tests: ["packages/client/test/backoff.test.ts"],
    rule: "R60",
  },
  {
    name: "back-off-does-not-grow",
    file: "packages/client/src/backoff.ts",
    find: " * 2 ** Math.max(0, failures - 1)",
    replace: "",
    tests: ["packages/client/test/backoff.test.ts"],
    rule: "R60",
  },
];
