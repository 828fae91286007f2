import type { Mutant } from "../mutant.ts";

/** What keeps the promise of delivery while things break, and the checker that finds out when it is not kept. */
export const faultMutants: readonly Mutant[] = [
  {
    name: "serve-opens-a-database-and-does-not-use-it",
    file: "packages/cli/src/commands/serve.ts",
    find: "    ...(cluster === undefined ? {} : { cluster }),",
    replace: "",
    tests: ["tests/faults/broken-database.test.ts"],
    rule: "R44",
  },
  {
    name: "a-publish-is-repeated-without-its-key",
    file: "packages/client/src/channels/publications.ts",
    find: "const fields = { channel: link.number, ...message };",
    replace: "const fields = { channel: link.number, data: message.data, key: undefined };",
    tests: ["packages/client/test/channels/publications.test.ts"],
    rule: "R44",
  },
  {
    name: "what-a-join-cannot-give-is-not-fetched",
    file: "packages/client/src/channels/channel.ts",
    find: "else void this.#catchUp(after);",
    replace: "else this.#position = after;",
    tests: ["packages/client/test/channels/recovery.test.ts"],
    rule: "R44",
  },
  {
    name: "a-database-in-use-is-a-fault-of-the-program",
    file: "packages/cli/src/gateway-failure.ts",
    find: '  "in-use",',
    replace: "",
    tests: ["tests/faults/broken-database.test.ts"],
    rule: "R44",
  },
  {
    name: "the-checker-overlooks-what-was-never-received",
    file: "tests/faults/checker/check-logs.ts",
    find: "if (offset <= since || isStillToCome || isTold(view, stream, offset)) continue;",
    replace: "if (offset > 0) continue;",
    tests: ["tests/faults/checker/check-logs.test.ts"],
    rule: "R44",
  },
  {
    name: "the-checker-overlooks-a-jump",
    file: "tests/faults/checker/check-logs.ts",
    find: "this.#moved(channel, { stream, offset: offset - 1 });",
    replace: "",
    tests: ["tests/faults/checker/check-logs.test.ts"],
    rule: "R44",
  },
  {
    name: "the-checker-overlooks-repetitions",
    file: "tests/faults/checker/check-logs.ts",
    find: "if (view.received.has(place) || view.sends.has(send)) {",
    replace: "if (view.received.size < 0) {",
    tests: ["tests/faults/checker/check-logs.test.ts"],
    rule: "R44",
  },
  {
    name: "the-checker-overlooks-what-comes-after-a-revocation",
    file: "tests/faults/checker/check-logs.ts",
    find: "if (at > this.#revokedAt + revocationGraceMs) {",
    replace: "if (at > this.#revokedAt + 100 * revocationGraceMs) {",
    tests: ["tests/faults/checker/check-logs.test.ts"],
    rule: "R40",
  },
];
