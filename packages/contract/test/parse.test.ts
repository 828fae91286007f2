import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import * as v from "valibot";
import * as z from "zod";
import { ContractError, parse, type Schema } from "../src/contract.ts";

interface Message {
  readonly text: string;
  readonly likes?: number;
}

/** A Standard Schema without any library. */
const byHand: Schema<Message, Message> = {
  "~standard": {
    version: 1,
    vendor: "by-hand",
    validate(value) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return { issues: [typeIssue("object", [])] };
      }
      const { text, likes } = value as Record<string, unknown>;
      if (typeof text !== "string") return { issues: [typeIssue("string", [{ key: "text" }])] };
      if (text === "") return { issues: [{ message: "too short", path: ["text"] }] };
      if (likes === undefined) return { value: { text } };
      return typeof likes === "number" ? { value: { text, likes } } : { issues: [typeIssue("number", ["likes"])] };
    },
  },
};

function typeIssue(expected: string, path: (PropertyKey | { key: PropertyKey })[]) {
  return { message: `not a ${expected}`, expected, path };
}

const libraries: Record<string, Schema<Message, Message>> = {
  zod: z.object({ text: z.string().min(1, "too short"), likes: z.number().optional() }) as Schema<Message, Message>,
  "zod/mini": z.object({
    text: z.string().check(z.minLength(1, "too short")),
    likes: z.optional(z.number()),
  }) as Schema<Message, Message>,
  valibot: v.object({ text: v.pipe(v.string(), v.minLength(1, "too short")), likes: v.optional(v.number()) }) as Schema<
    Message,
    Message
  >,
  "a schema by hand": byHand,
};

for (const [library, schema] of Object.entries(libraries)) {
  describe(`with ${library}, parse()`, () => {
    test("gives the checked value, its text normalised before (CT-TEXT-1)", () => {
      assert.deepEqual(parse(schema, { text: "e\u0301\r\n" }), { ok: true, value: { text: "é\n" } });
      assert.deepEqual(parse(schema, { text: "\u202E" }), { ok: false, path: ["text"], message: "text: too short" });
    });

    test("leaves out what the schema does not know", () => {
      assert.deepEqual(parse(schema, { text: "a", admin: true }), { ok: true, value: { text: "a" } });
    });

    test("says where and what in one line", () => {
      const cases: [unknown, (string | number)[], string][] = [
        [{ text: 7 }, ["text"], "text: expected a string, got a number"],
        [{ text: null }, ["text"], "text: expected a string, got null"],
        [{ text: ["a"] }, ["text"], "text: expected a string, got an array"],
        [{ text: "a", likes: "7" }, ["likes"], "likes: expected a number, got a string"],
        [{}, ["text"], "text: missing"],
        [undefined, [], "expected an object, got nothing"],
        ["a", [], "expected an object, got a string"],
        [{ text: "" }, ["text"], "text: too short"],
        [{ text: "\u0007" }, ["text"], "text: the control character U+0007 is not allowed"],
      ];
      for (const [value, path, message] of cases) {
        assert.deepEqual(parse(schema, value), { ok: false, path, message });
      }
    });

    test("refuses keys that reach a prototype before the schema sees them (R33)", () => {
      const value: unknown = JSON.parse('{"text":"a","__proto__":{"likes":1}}');
      assert.deepEqual(parse(schema, value), { ok: false, path: [], message: 'the key "__proto__" is not allowed' });
    });
  });
}

test("paths keep indexes as numbers, with either library", () => {
  const expected = { ok: false, path: ["items", 1, "n"], message: "items.1.n: expected a number, got a string" };
  const value = { items: [{ n: 1 }, { n: "2" }] };
  assert.deepEqual(parse(z.object({ items: z.array(z.object({ n: z.number() })) }), value), expected);
  assert.deepEqual(parse(v.object({ items: v.array(v.object({ n: v.number() })) }), value), expected);
});

test("what every object inherits counts as missing (R33)", () => {
  const expected = { ok: false, path: ["toString"], message: "toString: missing" };
  assert.deepEqual(parse(z.object({ toString: z.string() }), {}), expected);
  assert.deepEqual(parse(v.object({ toString: v.string() }), {}), expected);
});

test("gives what the schema's transformations made", () => {
  assert.deepEqual(parse(z.string().transform(Number), "7"), { ok: true, value: 7 });
  assert.deepEqual(parse(v.pipe(v.string(), v.transform(Number)), "7"), { ok: true, value: 7 });
});

test("a message stays one short line, though the library quotes the data", () => {
  const quoting = v.picklist(["a", "b"]);
  for (const start of ["x\n", "xx\n"]) {
    const result = parse(quoting, `${start}${"😀".repeat(500)}`);
    assert.ok(!result.ok);
    assert.match(result.message, /^Invalid type: Expected \("a" \| "b"\) but received "xx? 😀+…$/u);
    assert.ok(result.message.isWellFormed() && result.message.length <= 242);
  }
  const longKey = parse(v.record(v.string(), v.number()), { ["k".repeat(60_000)]: "a" });
  assert.ok(!longKey.ok && longKey.message.length <= 242);
});

function answering(validate: (value: unknown) => unknown): Schema {
  return { "~standard": { version: 1, vendor: "by-hand", validate: validate as Schema["~standard"]["validate"] } };
}

test("a failure without any issue is still a failure", () => {
  assert.deepEqual(
    parse(
      answering(() => ({ issues: [] })),
      1,
    ),
    { ok: false, path: [], message: "does not fit the schema" },
  );
});

test("a symbol in an issue's path becomes its text", () => {
  const schema = answering(() => ({ issues: [{ message: "no", path: [Symbol("tag")] }] }));
  assert.deepEqual(parse(schema, {}), { ok: false, path: ["Symbol(tag)"], message: "Symbol(tag): no" });
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ContractError && error.code === code;
}

test("an asynchronous schema is the developer's error, of each library and with any kind of promise", () => {
  const schemas = [
    z.string().refine(async () => true),
    v.pipeAsync(
      v.string(),
      v.checkAsync(async () => true),
    ),
    // biome-ignore lint/suspicious/noThenProperty: a promise of another library is what is tested
    answering(() => ({ then: (resolve: (value: unknown) => void) => resolve({ value: 1 }) })),
  ];
  for (const schema of schemas) assert.throws(() => parse(schema, "a"), hasCode("async-schema"));
  assert.throws(
    () =>
      parse(
        answering(async () => ({ value: 1 })),
        1,
      ),
    /move its asynchronous check into authorize/,
  );
});

test("the promise of an asynchronous schema that rejects ends nothing", async () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(reason);
  process.on("unhandledRejection", note);
  const { port1, port2 } = new MessageChannel();
  try {
    assert.throws(
      () =>
        parse(
          answering(() => Promise.reject(new Error("late"))),
          1,
        ),
      hasCode("async-schema"),
    );
    // A message from outside arrives after the microtasks, where unhandled rejections are told.
    port1.postMessage("later");
    await once(port2, "message");
  } finally {
    process.off("unhandledRejection", note);
    port1.close();
  }
  assert.deepEqual(rejections, []);
});

test("a schema that throws is the developer's error and keeps its cause", () => {
  const cause = new TypeError("boom");
  const throwing = v.pipe(
    v.string(),
    v.check(() => {
      throw cause;
    }),
  );
  assert.throws(
    () => parse(throwing, "a"),
    (error) => error instanceof ContractError && error.code === "schema-threw" && error.cause === cause,
  );
});

test("an answer that is no result never passes for success", () => {
  for (const answer of [
    undefined,
    null,
    true,
    "value",
    {},
    { issues: undefined },
    { issues: "no" },
    () => ({ value: 1 }),
  ]) {
    assert.throws(
      () =>
        parse(
          answering(() => answer),
          1,
        ),
      hasCode("schema-threw"),
    );
  }
  assert.deepEqual(
    parse(
      answering(() => ({ value: undefined })),
      1,
    ),
    { ok: true, value: undefined },
  );
});
