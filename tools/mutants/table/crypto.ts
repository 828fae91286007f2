import type { Mutant } from "../mutant.ts";

/** Secrets stay where they are. */
export const cryptoMutants: readonly Mutant[] = [
  {
    name: "secret-bytes-stand-in-json",
    file: "packages/crypto/src/secret-bytes.ts",
    find: "return this.toString();",
    replace: 'return Buffer.from(this.#bytes).toString("hex");',
    tests: ["packages/crypto/test/secret-bytes.test.ts"],
    rule: "R53",
  },
  {
    name: "secret-bytes-survive-disposal",
    file: "packages/crypto/src/secret-bytes.ts",
    find: "this.#bytes.fill(0);",
    replace: "",
    tests: ["packages/crypto/test/secret-bytes.test.ts"],
    rule: "R53",
  },
  {
    name: "secret-bytes-escape-their-holder",
    file: "packages/crypto/src/secret-bytes.ts",
    find: "bufferOf(result) === bytes.buffer",
    replace: "false",
    tests: ["packages/crypto/test/secret-bytes.test.ts"],
    rule: "R53",
  },
];
