import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { ClientError, clientErrorCodes } from "@wardwire/client";
import { SignInError } from "../src/state/sign-in.ts";
import { closeSentences, roomRenamed, sentenceFor, sentences } from "../src/words.ts";

const errorsDocument = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");

/** The first column of the table under the heading that names `type`. */
function documentedCodes(type: string): readonly string[] {
  const section = errorsDocument.split(/^## /m).find((each) => each.split("\n", 1)[0]?.includes(`(\`${type}\`)`));
  return [...(section ?? "").matchAll(/^\| `([^`]+)` \|/gm)].map(([, code = ""]) => code);
}

describe("the words for errors", () => {
  test("there is a sentence for every code an error frame can carry (WP-ERR-1)", () => {
    const codes = documentedCodes("ErrorCode");
    assert.ok(codes.includes("rate-limited"), "the table of docs/errors.md was not found");
    assert.deepEqual(
      codes.filter((code) => sentences[code] === undefined),
      [],
    );
  });

  test("there is a sentence for every code of the client (WP-ERR-1)", () => {
    const codes = Object.keys(clientErrorCodes);
    assert.deepEqual(
      codes.filter((code) => sentences[code] === undefined),
      [],
    );
  });

  test("there is a sentence for every close code but the one that was asked for (WP-CLOSE-1)", () => {
    const codes = documentedCodes("CloseReason");
    assert.ok(codes.includes("4403"), "the table of docs/errors.md was not found");
    assert.deepEqual(
      codes.filter((code) => code !== "1000" && closeSentences[Number(code)] === undefined),
      [],
    );
  });

  test("every sentence ends as one, and names no code", () => {
    for (const sentence of [...Object.values(sentences), ...Object.values(closeSentences)]) {
      assert.match(sentence, /^[A-Z].*\.$/);
      assert.doesNotMatch(sentence, /\b[a-z]+-[a-z]+-[a-z]+\b|\b\d{4}\b/);
    }
  });

  test("a close code says more than that the connection was closed", () => {
    const kicked = new ClientError("closed-by-gateway", "revoked (4403)", { closeCode: 4403 });
    assert.match(sentenceFor(kicked), /signed out elsewhere/);
    const unknown = new ClientError("closed-by-gateway", "closed (4999)", { closeCode: 4999 });
    assert.equal(sentenceFor(unknown), sentences["closed-by-gateway"]);
  });

  test("a wait the gateway asks for is told in whole seconds", () => {
    const error = new ClientError("rate-limited", "slow down", { origin: "gateway", retryAfterMs: 1_200 });
    assert.equal(sentenceFor(error), "That was a bit fast for the server. Try again in 2 s.");
  });

  test("a failed sign-in is told even where the client only knows that it got no token", () => {
    const cause = new SignInError("sign-in-unreachable", "refused");
    assert.equal(sentenceFor(new ClientError("token-unavailable", "token() failed", { cause })), sentenceFor(cause));
  });

  test("an application's own refusal keeps its words, anything else gets a plain sentence", () => {
    const refusal = new ClientError("room-is-taken", "Somebody else keeps this title.", { origin: "gateway" });
    assert.equal(sentenceFor(refusal), "Somebody else keeps this title.");
    for (const odd of [new Error("boom"), "boom", undefined, { code: "forbidden" }]) {
      assert.match(sentenceFor(odd), /unexpected/);
    }
  });

  test("a new title is told together with the old one, if it differs", () => {
    assert.equal(roomRenamed("tea", "Tea time"), "“tea” is now called “Tea time”.");
    assert.equal(roomRenamed("Tea time", "Tea time"), "The room is called “Tea time”.");
  });
});
