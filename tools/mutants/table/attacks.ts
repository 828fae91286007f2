import type { Mutant } from "../mutant.ts";

/** Guards that the known attacks of `spec/attacks.md` meet from outside. */
export const attackMutants: readonly Mutant[] = [
  {
    name: "messages-may-be-compressed",
    file: "packages/gateway/src/host/node/upgrade.ts",
    find: "perMessageDeflate: false,",
    replace: "perMessageDeflate: true,",
    tests: ["tests/attacks/frames/decompression-bomb.test.ts"],
    rule: "R28",
  },
  {
    name: "other-frames-may-come-before-connect",
    file: "packages/gateway/src/dispatch/dispatch.ts",
    find: 'connection.close("badFrame", `expected connect first, got',
    replace: 'void ("badFrame", `expected connect first, got',
    tests: ["tests/attacks/tokens/every-operation.test.ts"],
    rule: "R16",
  },
  {
    name: "the-client-takes-any-number-of-fragments",
    file: "packages/client/src/socket/node-socket.ts",
    find: "maxFragments: 1_024,",
    replace: "maxFragments: 0,",
    tests: ["tests/attacks/client/hostile-gateway.test.ts"],
    rule: "R58",
  },
];
