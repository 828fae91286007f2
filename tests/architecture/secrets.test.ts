import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryFiles, repositoryRoot } from "../../tools/repository-files.ts";
import { suspicionsIn } from "./secrets.ts";

/** What looks like a secret in a file and is none, and why. */
const allowed: readonly { readonly path: string; readonly what: string; readonly why: string }[] = [
  {
    path: "packages/cli/test/program.test.ts",
    what: "a random value under a secret's name",
    why: "reads as a token, signed with the word sig, to see that no output repeats it",
  },
];

describe("hard-coded secrets", () => {
  const files = repositoryFiles();

  test("no file holds one", () => {
    const found = files
      .flatMap((path) =>
        suspicionsIn(readFileSync(join(repositoryRoot, path), "utf8")).map((each) => ({ path, ...each })),
      )
      .filter(({ path, what }) => !allowed.some((each) => each.path === path && each.what === what))
      .map(({ path, line, what }) => `${path}:${line}: ${what}`);
    assert.deepEqual(found, [], "generate it in the test, or allow it in secrets.test.ts with a reason");
  });

  test("nothing is allowed that is not there any more", () => {
    for (const { path, what } of allowed) {
      const found = suspicionsIn(readFileSync(join(repositoryRoot, path), "utf8"));
      assert.ok(
        found.some((each) => each.what === what),
        `${path} holds no longer ${what}`,
      );
    }
  });
});

describe("the secret scanner finds", () => {
  // Put together at run time, so that this file passes its own scan.
  const random = ["kX9vQ2mB", "7pLw4zRt", "Yc1nHs8J", "dF5gVu3E"].join("");
  const planted: readonly [string, string][] = [
    ["a private key", ["-----BEGIN", "PRIVATE KEY-----"].join(" ")],
    ["a private key of a kind", ["-----BEGIN", "EC PRIVATE KEY-----"].join(" ")],
    ["a private JWK", `{ "kty": "OKP", "d": "${random}${random}" }`],
    ["a token", `const t = "${["eyJhbGciOiJub25lIn0", "eyJzdWIiOiJhbGljZSJ9", "c2lnbmF0dXJl"].join(".")}";`],
    ["an AWS key", ["AKIA", "ABCDEFGHIJKLMNOP"].join("")],
    ["a GitHub token", ["ghp_", "a".repeat(36)].join("")],
    ["an npm token", ["npm_", "a".repeat(36)].join("")],
    ["a password in an address", ["redis://user", "hunter2@localhost"].join(":")],
    ["a private key in a string", `const pem = "${["-----BEGIN", "PRIVATE KEY-----"].join(" ")}\\nMC4CAQ"`],
    ["a secret in code", `const clientSecret = "${random}";`],
    ["a secret in JSON", `{ "api_key": "${random}" }`],
    ["a secret in YAML", `token: "${random}"`],
  ];
  for (const [what, text] of planted) {
    test(what, () => assert.equal(suspicionsIn(`first line\n${text}\n`).length, 1));
  }

  test("the line it stands on", () => {
    assert.equal(suspicionsIn(`a\nb\nsecret = "${random}"`)[0]?.line, 3);
  });

  const harmless: readonly [string, string][] = [
    ["a variable", "const token = await fetchToken();"],
    ["the pattern of a private key", `/${["-----BEGIN", "PRIVATE KEY-----"].join(" ")}[^-]+/`],
    ["a private key made at run time", `\`${["-----BEGIN", "PRIVATE KEY-----"].join(" ")}\\n\${body}\``],
    ["words", 'const tokenMessage = "aaaaaaaa-bbbbbbbb-aaaaaaaa";'],
    ["a template", `const secret = "${"$"}{generateTheSecretHere1234567890}";`],
    ["a short sample", 'const password = "hunter2";'],
    ["a password at a name for examples", ["wss://alice", "canary@chat.example/ws"].join(":")],
    ["an address without a password", "https://localhost:8443/ws"],
    ["a token cut short, as documents show it", '{"token":"eyJ…"}'],
  ];
  for (const [what, text] of harmless) {
    test(`nothing in ${what}`, () => assert.deepEqual(suspicionsIn(text), []));
  }
});
