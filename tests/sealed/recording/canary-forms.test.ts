import assert from "node:assert/strict";
import { test } from "node:test";
import { escapings, formsOf, writings } from "./canary-forms.ts";
import { Recording } from "./recording.ts";

const canary = 'a "cañary" / with=all & 漢字';

for (const [escaping, written] of Object.entries(escapings)) {
  for (const writing of Object.keys(writings)) {
    test(`a canary written ${escaping} in ${writing} is found wherever it begins`, () => {
      for (const before of ["", "x", "xy", "xyz"]) {
        const recording = new Recording();
        const bytes = encode(writing, `${before}${written(canary)}zz`);
        recording.add("one", bytes.subarray(0, 20));
        recording.add("other", Buffer.from("between"));
        recording.add("one", bytes.subarray(20));
        assert.notDeepEqual(recording.sightings({ canary }), [], before);
      }
    });
  }
}

test("no form of a canary is found in text that lacks it by one character", () => {
  const recording = new Recording();
  const almost = canary.replace("ñ", "n");
  for (const written of Object.values(escapings)) {
    for (const writing of Object.keys(writings)) recording.add("one", encode(writing, written(almost)));
  }
  assert.deepEqual(recording.sightings({ canary }), []);
});

test("no form is so short that chance would bring it about", () => {
  for (const { form, bytes } of formsOf("canary-x")) assert.ok(bytes.length >= 8, form);
});

/** As {@link writings} but whole: with its neighbours. */
function encode(writing: string, text: string): Buffer {
  switch (writing) {
    case "Base64":
      return Buffer.from(Buffer.from(text).toString("base64"));
    case "Base64url":
      return Buffer.from(Buffer.from(text).toString("base64url"));
    case "hexadecimal":
      return Buffer.from(Buffer.from(text).toString("hex"));
    case "UTF-16":
      return Buffer.from(text, "utf16le");
    default:
      return Buffer.from(text);
  }
}
