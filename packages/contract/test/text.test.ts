import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keyRefusal, normaliseText } from "../src/text.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
const characterOf = (codePoint: number) => String.fromCodePoint(codePoint);
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

function normalised(text: string): string {
  const result = normaliseText(text);
  assert.ok(result.ok, result.ok ? "" : result.reason);
  return result.text;
}

function refusal(text: string): string {
  const result = normaliseText(text);
  assert.ok(!result.ok, `expected ${JSON.stringify(text)} to be refused`);
  return result.reason;
}

test("leaves plain text, tabs and line feeds as they are (CT-TEXT-8)", () => {
  for (const text of [
    "",
    "hello",
    "a\tb\nc",
    " !~",
    "grüße",
    "你好",
    "مرحبا",
    "a\u200Eb\u200Fc\u061Cd",
    "\u00AD",
    "\uFFFD",
  ]) {
    assert.equal(normalised(text), text);
  }
});

test("leaves emoji of several joined characters, flags and keycaps whole (CT-TEXT-8)", () => {
  for (const text of ["👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️", "1️⃣", "🇩🇪", "👍🏽"]) assert.equal(normalised(text), text);
});

test("refuses each control character but tab, line feed and carriage return, and names it (CT-TEXT-2)", () => {
  const controls = [...range(0, 0x1f), ...range(0x7f, 0x9f)].filter((code) => ![0x09, 0x0a, 0x0d].includes(code));
  assert.equal(controls.length, 62);
  for (const code of controls) {
    const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    assert.equal(refusal(`a${characterOf(code)}b`), `the control character ${name} is not allowed`);
  }
  assert.ok(normaliseText("a\u00A0b").ok, "U+00A0, the neighbour of the last control, is none");
});

test("refuses a lone surrogate on either side, not a pair (CT-TEXT-2)", () => {
  assert.equal(refusal("a\uD83D"), "the lone surrogate U+D83D is not allowed");
  assert.equal(refusal("\uDE00a"), "the lone surrogate U+DE00 is not allowed");
  assert.equal(normalised("\uD83D\uDE00"), "😀");
});

test("refuses the 66 noncharacters of Unicode, not their neighbours (CT-TEXT-2)", () => {
  const planes = range(0, 16).flatMap((plane) => [plane * 0x10000 + 0xfffe, plane * 0x10000 + 0xffff]);
  const noncharacters = [...range(0xfdd0, 0xfdef), ...planes];
  assert.equal(noncharacters.length, 66);
  for (const code of noncharacters) assert.match(refusal(characterOf(code)), /^the noncharacter U\+[0-9A-F]{4,6} is/);
  for (const code of [0xfdcf, 0xfdf0, 0xfffd, 0x1fffd]) assert.ok(normaliseText(characterOf(code)).ok);
});

test("strips bidirectional embeddings, overrides and isolates (CT-TEXT-3)", () => {
  for (const code of [...range(0x202a, 0x202e), ...range(0x2066, 0x2069)]) {
    assert.equal(normalised(`invoice${characterOf(code)}fdp.exe`), "invoicefdp.exe");
  }
  for (const code of [0x2029 + 6, 0x2065, 0x206a]) assert.equal(normalised(characterOf(code)), characterOf(code));
});

test("knows one line break (CT-TEXT-4)", () => {
  assert.equal(normalised("a\r\nb\rc\nd\u2028e\u2029f\r\r\n"), "a\nb\nc\nd\ne\nf\n\n");
  assert.equal(normalised("a\r\u202E\nb"), "a\nb", "a stripped control must not hide a CRLF");
});

test("brings text into NFC, after stripping (CT-TEXT-6)", () => {
  assert.equal(normalised("e\u0301"), "é");
  assert.equal(normalised("e\u202A\u0301"), "é", "a stripped control must not keep a mark from its letter");
  assert.equal(normalised("\u212B\u2126"), "ÅΩ");
  assert.equal(normalised("ﬁ"), "ﬁ", "compatibility characters stay");
});

test("takes 30 combining marks in a row and refuses 31 (CT-TEXT-5)", () => {
  const reason = "more than 30 combining marks in a row are not allowed";
  assert.ok(normaliseText(`a${"\u0316".repeat(30)} b${"\u0316".repeat(30)}`).ok);
  assert.equal(refusal(`a${"\u0316".repeat(31)}`), reason);
  assert.equal(refusal("\u0316".repeat(31)), reason);
  assert.equal(refusal(`abc${"\u0301\u0316".repeat(5_000)}`), reason);
  assert.equal(refusal(`a${"\u0316".repeat(16)}\u202A${"\u0316".repeat(15)}`), reason, "stripping joins two runs");
  assert.equal(refusal(`a${"\u0344".repeat(16)}`), reason, "NFC makes two marks of each");
});

test("takes linear time for the texts that are worst for each rule (R34)", () => {
  const size = 65_536;
  const fill = (unit: string) => unit.repeat(Math.ceil(size / unit.length));
  const worst = [
    "\r",
    "\u0301\u0316",
    "\r\u202A",
    "\u202A",
    "é\r",
    `e${"\u0301\u0316".repeat(15)}`,
    "\u0316".repeat(31),
    "😀",
    "\uD83D",
  ];
  for (const unit of worst) {
    const short = fill(unit).slice(0, size / 8);
    const eighth = fastest(() => normaliseText(short));
    const whole = fastest(() => normaliseText(fill(unit)));
    // Eight times the text: about 8 times the time where it is linear, 64 times where it is quadratic.
    assert.ok(
      whole < 30 * Math.max(eighth, 0.05),
      `${JSON.stringify(unit.slice(0, 4))}: ${eighth} ms, then ${whole} ms`,
    );
  }
});

function fastest(run: () => unknown): number {
  const times = range(1, 5).map(() => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times);
}

test("refuses the keys that reach a prototype (CT-TEXT-7, R33)", () => {
  for (const key of ["__proto__", "constructor", "prototype"]) {
    assert.equal(keyRefusal(key), `the key "${key}" is not allowed`);
  }
  for (const key of ["proto", "__proto", "Constructor", "toString", "", " ", "größe", "名"]) {
    assert.equal(keyRefusal(key), undefined);
  }
});

test("refuses a key that normalising would change, so that no two keys become one (CT-TEXT-7)", () => {
  for (const key of ["e\u0301", "a\rb", "a\nb", "a\tb", "a\u2028", "a\u202Eb", "\u202E__proto__"]) {
    assert.match(keyRefusal(key) ?? "", /^a key is not in NFC, or has/);
  }
  assert.equal(keyRefusal("a\u0000"), "in a key, the control character U+0000 is not allowed");
  assert.equal(keyRefusal("\uD800"), "in a key, the lone surrogate U+D800 is not allowed");
});

const hostileUnit = fc.oneof(
  fc.constantFrom("e", " ", "\n", "\r", "\t", "\u2028", "\u202E", "\u2068", "\u200D", "\u0301", "\u0316", "\u0344"),
  fc.constantFrom("\u1100", "\u1161", "\u212B", "\uFB2C", "\u{1D160}", "😀", "\uD83D", "\uFDD0", "\u0000", "\u0085"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
);

test("gives text that passes again unchanged and holds nothing refused or stripped (CT-TEXT-1 to 6)", (t) => {
  t.diagnostic(`seed ${seed}`);
  let accepted = 0;
  fc.assert(
    fc.property(fc.string({ unit: hostileUnit, maxLength: 40 }), (text) => {
      const result = normaliseText(text);
      if (!result.ok) return;
      accepted += 1;
      assert.deepEqual(normaliseText(result.text), result);
      for (const character of result.text) assert.ok(isAllowed(character), JSON.stringify(character));
      assert.equal(result.text.normalize("NFC"), result.text);
    }),
    { seed, numRuns: 5_000 },
  );
  assert.ok(accepted > 500, `only ${accepted} of 5000 texts were accepted, so little was tested`);
});

test("a text is refused exactly when a character of it is, or too many marks stand together (CT-TEXT-2, 5)", (t) => {
  t.diagnostic(`seed ${seed}`);
  fc.assert(
    fc.property(fc.string({ unit: hostileUnit, maxLength: 20 }), (text) => {
      const mayPass = Array.from(text).every(
        (character) => isAllowed(character) || /[\r\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u.test(character),
      );
      assert.equal(normaliseText(text).ok, mayPass);
    }),
    { seed, numRuns: 5_000 },
  );
});

/** The rules once more, as numbers and not as the expressions under test. */
function isAllowed(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  const within = (first: number, last: number) => code >= first && code <= last;
  if (code === 0x09 || code === 0x0a) return true;
  if (within(0, 0x1f) || within(0x7f, 0x9f) || within(0x2028, 0x2029)) return false;
  if (within(0x202a, 0x202e) || within(0x2066, 0x2069)) return false;
  if (within(0xd800, 0xdfff) || within(0xfdd0, 0xfdef)) return false;
  return (code & 0xfffe) !== 0xfffe;
}
