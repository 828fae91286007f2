import type { Mutant } from "../mutant.ts";

/** Bounds before allocation, one reading of every message. */
export const wireMutants: readonly Mutant[] = [
  {
    name: "json-takes-any-size",
    file: "packages/wire/src/json.ts",
    find: "message.length > limits.maxMessageBytes",
    replace: "message.length < 0",
    tests: ["packages/wire/test/json.test.ts"],
    rule: "WP-LIMIT-1",
  },
  {
    name: "json-takes-any-depth",
    file: "packages/wire/src/json-text.ts",
    find: "depth > limits.maxDepth",
    replace: "depth < 0",
    tests: ["packages/wire/test/json.test.ts"],
    rule: "WP-LIMIT-1",
  },
  {
    name: "json-takes-any-number-of-frames",
    file: "packages/wire/src/json-text.ts",
    find: "lines.length === limits.maxFrames",
    replace: "lines.length < 0",
    tests: ["packages/wire/test/json.test.ts"],
    rule: "WP-LIMIT-1",
  },
  {
    name: "json-takes-a-key-twice",
    file: "packages/wire/src/json.ts",
    find: "countMembers(value) !== line.members",
    replace: "false",
    tests: ["packages/wire/test/json.test.ts"],
    rule: "WP-DATA-5",
  },
  {
    name: "cbor-takes-any-depth",
    file: "packages/wire/src/cbor-scan.ts",
    find: "missing.length === limits.maxDepth",
    replace: "missing.length < 0",
    tests: ["packages/wire/test/cbor.test.ts"],
    rule: "WP-LIMIT-1",
  },
  {
    name: "cbor-takes-any-number-of-frames",
    file: "packages/wire/src/cbor-scan.ts",
    find: "frames > limits.maxFrames",
    replace: "frames < 0",
    tests: ["packages/wire/test/cbor.test.ts"],
    rule: "WP-LIMIT-1",
  },
  {
    name: "frames-may-carry-prototype-keys",
    file: "packages/wire/src/data-model.ts",
    find: 'key === "__proto__" || ',
    replace: "",
    tests: ["packages/wire/test/decode.test.ts"],
    rule: "WP-DATA-4",
  },
  {
    name: "frame-types-reach-object-prototype",
    file: "packages/wire/src/decode.ts",
    find: "Object.hasOwn(readers, frame.type) ? readers[frame.type] : undefined",
    replace: "readers[frame.type]",
    tests: ["packages/wire/test/decode.test.ts"],
    rule: "R33",
  },
];
