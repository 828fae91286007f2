import type { Mutant } from "../mutant.ts";

const judgement = ["packages/scanner/test/checks/judgement.test.ts"];
const survey = ["packages/scanner/test/tls/survey.test.ts"];
const ciphertext = ["tests/scanner/ciphertext.test.ts"];
const protocols = ["tests/scanner/protocols.test.ts"];

/** What makes the scan see a fault, or not see one where none is. */
export const scannerMutants: readonly Mutant[] = [
  {
    name: "the-canary-is-not-looked-for-in-what-was-sent",
    file: "packages/scanner/src/checks/tls/ciphertext.ts",
    find: "if (sent.includes(canary) || received.includes(canary)) {",
    replace: "if (received.includes(canary)) {",
    tests: ciphertext,
    rule: "R1",
  },
  {
    name: "the-origin-null-is-not-tried",
    file: "packages/scanner/src/checks/origin/hostile-origins.ts",
    find: '...of("null", "null"),',
    replace: "",
    tests: judgement,
    rule: "R14",
  },
  {
    name: "a-token-counts-where-strangers-are-let-in-anyway",
    file: "packages/scanner/src/checks/tokens/admission.ts",
    find: "if (stranger.admitted === true) return false;",
    replace: "",
    tests: judgement,
    rule: "R42",
  },
  {
    name: "one-old-version-is-not-asked-for",
    file: "packages/scanner/src/tls/survey.ts",
    find: "const legacy = [0x0300, 0x0301, 0x0302, 0x0303];",
    replace: "const legacy = [0x0300, 0x0302, 0x0302, 0x0303];",
    tests: survey,
    rule: "R2",
  },
  {
    name: "a-refusal-by-socket-io-counts-as-admission",
    file: "packages/scanner/src/protocols/socket-io.ts",
    find: 'answer.subarray(0, 2).equals(Buffer.from("40"))',
    replace: 'answer.subarray(0, 1).equals(Buffer.from("4"))',
    tests: protocols,
    rule: "R43",
  },
  {
    name: "a-refusal-by-mqtt-counts-as-admission",
    file: "packages/scanner/src/protocols/mqtt.ts",
    find: 'answer[3] === 0 ? "admitted" : "refused"',
    replace: 'answer[2] === 0 ? "admitted" : "refused"',
    tests: protocols,
    rule: "R43",
  },
  {
    name: "weak-curves-hide-behind-a-newer-version",
    file: "packages/scanner/src/tls/survey.ts",
    find: "highest === undefined ? none : acceptedGroupsOf(endpoint, highest),",
    replace: "highest === undefined || hello13 !== undefined ? none : acceptedGroupsOf(endpoint, highest),",
    tests: survey,
    rule: "R3",
  },
  {
    name: "an-answer-that-does-not-come-is-no-fault",
    file: "packages/scanner/src/checks/frames/round-trip.ts",
    find: 'if (isOwed) return { status: "fail"',
    replace: 'if (isOwed) return { status: "info"',
    tests: protocols,
    rule: "RFC 6455 5.6",
  },
  {
    name: "an-outlived-token-is-fine",
    file: "packages/scanner/src/checks/tokens/outlived-token.ts",
    find: 'if (!isClosed) return { status: "fail"',
    replace: 'if (!isClosed) return { status: "pass"',
    tests: ["packages/scanner/test/checks/judgement.test.ts"],
    rule: "R39",
  },
  {
    name: "silence-alone-admits",
    file: "packages/scanner/src/checks/tokens/admission.ts",
    find: "opened && !stranger.opened",
    replace: "opened",
    tests: ["packages/scanner/test/checks/judgement.test.ts"],
    rule: "R37",
  },
];
