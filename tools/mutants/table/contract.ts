import type { Mutant } from "../mutant.ts";

/** What strangers send is text and data, never more. */
export const contractMutants: readonly Mutant[] = [
  {
    name: "text-may-turn-its-direction",
    file: "packages/contract/src/text.ts",
    find: '.replace(bidirectionalControls, "")',
    replace: "",
    tests: ["packages/contract/test/text.test.ts"],
    rule: "CT-TEXT-3",
  },
  {
    name: "text-may-hold-control-characters",
    file: "packages/contract/src/text.ts",
    find: "found !== null",
    replace: "found === undefined",
    tests: ["packages/contract/test/text.test.ts"],
    rule: "CT-TEXT-2",
  },
  {
    name: "data-may-carry-prototype-keys",
    file: "packages/contract/src/text.ts",
    find: "reservedKeys.has(key)",
    replace: "false",
    tests: ["packages/contract/test/text.test.ts"],
    rule: "CT-TEXT-7",
  },
  {
    name: "data-may-nest-one-level-deeper",
    file: "packages/contract/src/normalise-value.ts",
    find: "outer.length > maxDepth",
    replace: "outer.length > maxDepth + 1",
    tests: ["packages/contract/test/normalise-value.test.ts"],
    rule: "R33",
  },
];
