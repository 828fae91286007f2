import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { grantsAllow, maxGrants, parseGrants } from "../../src/auth/grants.ts";
import { operations } from "../../src/auth/operation.ts";

const tea = { channel: "room", params: { roomId: "tea" } };

/** Whether these grants let one join a channel. */
function joins(grants: readonly string[], channel: string, params: unknown): boolean {
  return grantsAllow(parseGrants(grants), "join", { channel, params });
}

describe("grantsAllow", () => {
  it("denies everything to an empty list, and each grant adds only what it says", () => {
    assert.equal(joins([], "room", { roomId: "tea" }), false);
    const grants = parseGrants(["room:roomId=tea=join,history", "room:roomId=tea=publish", "renameRoom=call"]);
    for (const operation of ["join", "history", "publish"] as const) {
      assert.equal(grantsAllow(grants, operation, tea), true);
      assert.equal(grantsAllow(grants, operation, { channel: "room", params: { roomId: "coffee" } }), false);
      assert.equal(grantsAllow(grants, operation, { channel: "lobby", params: { roomId: "tea" } }), false);
    }
    assert.equal(grantsAllow(grants, "presence", tea), false);
    assert.equal(grantsAllow(grants, "call", { command: "renameRoom" }), true);
    assert.equal(grantsAllow(grants, "call", { command: "deleteRoom" }), false);
  });

  it("matches every channel or every command by *", () => {
    assert.equal(joins(["*=join"], "room", { roomId: "tea" }), true);
    assert.equal(joins(["*=join"], "news", {}), true);
    assert.equal(joins(["*=presence"], "news", {}), false);
    assert.equal(grantsAllow(parseGrants(["*=call"]), "call", { command: "renameRoom" }), true);
    assert.equal(grantsAllow(parseGrants(["*=join,publish"]), "call", { command: "renameRoom" }), false);
    assert.equal(joins(["*=call"], "room", { roomId: "tea" }), false);
  });

  it("matches any params by name:* and none by a bare name", () => {
    assert.equal(joins(["room:*=join"], "room", { roomId: "tea" }), true);
    assert.equal(joins(["room:*=join"], "room", {}), true);
    assert.equal(joins(["room:*=join"], "rooms", { roomId: "tea" }), false);
    assert.equal(joins(["room=join"], "room", {}), true);
    assert.equal(joins(["room=join"], "room", { roomId: "tea" }), false);
  });

  it("asks for exactly the params it names", () => {
    const grants = ["doc:team=red,id=7=join"];
    assert.equal(joins(grants, "doc", { team: "red", id: "7" }), true);
    assert.equal(joins(grants, "doc", { id: "7", team: "red" }), true);
    assert.equal(joins(grants, "doc", { team: "red" }), false);
    assert.equal(joins(grants, "doc", { team: "red", id: "7", draft: "1" }), false);
    assert.equal(joins(grants, "doc", { team: "red", id: "8" }), false);
    assert.equal(joins(["doc:team=red=join"], "doc", { team: "red", id: "7" }), false);
    assert.equal(joins(["doc:team=red,id=*=join"], "doc", { team: "red", id: "7" }), true);
    assert.equal(joins(["doc:team=red,id=*=join"], "doc", { team: "red" }), false);
  });

  it("matches a value by its prefix, and takes no other * for a wildcard", () => {
    assert.equal(joins(["room:roomId=tea-*=join"], "room", { roomId: "tea-1" }), true);
    assert.equal(joins(["room:roomId=tea-*=join"], "room", { roomId: "tea-" }), true);
    assert.equal(joins(["room:roomId=tea-*=join"], "room", { roomId: "tea" }), false);
    assert.equal(joins(["room:roomId=tea-*=join"], "room", { roomId: "green-tea-1" }), false);
    assert.equal(joins(["room:roomId=tea=join"], "room", { roomId: "tea*" }), false);
    assert.equal(joins(["room:roomId=.*=join"], "room", { roomId: "tea" }), false);
    assert.equal(joins(["room:roomId=TEA=join"], "room", { roomId: "tea" }), false);
  });

  it("splits at the last =, so that a value may have some of its own", () => {
    assert.equal(joins(["room:roomId=a=b=c=join"], "room", { roomId: "a=b=c" }), true);
    assert.equal(joins(["room:roomId=a:b=join"], "room", { roomId: "a:b" }), true);
    assert.equal(joins(["room:roomId=join=join"], "room", { roomId: "join" }), true);
  });

  it("compares numbers and booleans as JSON writes them, and matches other values by * alone", () => {
    assert.equal(joins(["page:n=7=join"], "page", { n: 7 }), true);
    assert.equal(joins(["page:n=7.0=join"], "page", { n: 7 }), false);
    assert.equal(joins(["page:n=true=join"], "page", { n: true }), true);
    for (const [value, text] of [
      [null, "null"],
      [["a"], "a"],
      [{}, "[object Object]"],
    ] as const) {
      assert.equal(joins([`page:n=${text}=join`], "page", { n: value }), false);
      assert.equal(joins([`page:n=${text.slice(0, 1)}*=join`], "page", { n: value }), false);
      assert.equal(joins(["page:n=*=join"], "page", { n: value }), true);
    }
  });

  it("finds nothing inherited, and matches no params that are no object", () => {
    assert.equal(joins(["room:constructor=*=join"], "room", {}), false);
    assert.equal(joins(["room:__proto__=*=join"], "room", {}), false);
    assert.equal(joins(["room:__proto__=*=join"], "room", JSON.parse('{"__proto__":1}')), true);
    for (const params of [null, undefined, "tea", 3, [], ["tea"]]) {
      assert.equal(joins(["room=join", "room:0=*=join", "room:length=*=join"], "room", params), false);
    }
  });
});

describe("parseGrants", () => {
  const malformed = [
    "",
    "=",
    "=join",
    "room",
    "room=",
    "room:*",
    "room:*=",
    "room:*=fly",
    "room:*=Join",
    "room:*=join,",
    "room:*=,join",
    "room:*=join,,publish",
    "room:*=join publish",
    "room:*=join, publish",
    "room:*=join,join",
    "room:*=*",
    ":*=join",
    ":roomId=tea=join",
    "room:=join",
    "room:roomId=join",
    "room:roomId==join",
    "room:=tea=join",
    "room:roomId=tea,=join",
    "room:roomId=tea,roomId=tea=join",
    "room:roomId=t*a=join",
    "room:roomId=*tea=join",
    "room:roomId=**=join",
    "room:ro*=tea=join",
    "ro*=join",
    "ro*:*=join",
    "**=join",
    "*:*=join",
    "*:roomId=tea=join",
    "a,b=join",
    "a=b=join",
    "renameRoom:*=call",
    "renameRoom:roomId=tea=call",
    "room:*=join,call",
    7,
    null,
    ["room:*=join"],
    {},
  ];
  for (const entry of malformed) {
    it(`refuses ${JSON.stringify(entry)}, also behind a good one`, () => {
      assert.throws(() => parseGrants([entry]), { code: "invalid-grants", message: /^grants\[0\]/ });
      assert.throws(() => parseGrants(["*=join", entry]), { code: "invalid-grants", message: /^grants\[1\]/ });
    });
  }

  it("refuses what is no list, and more entries than are looked at", () => {
    for (const claim of [undefined, null, "*=join", { 0: "*=join", length: 1 }, 1, true]) {
      assert.throws(() => parseGrants(claim), { code: "invalid-grants" });
    }
    assert.equal(parseGrants(Array(maxGrants).fill("*=join")).length, maxGrants);
    assert.throws(() => parseGrants(Array(maxGrants + 1).fill("*=join")), { code: "invalid-grants" });
  });

  it("is total: any list parses or is refused with its own code, and grants nothing to a stranger", () => {
    const words = ["room", "*", ":", "=", ",", "join", "call", "roomId", "tea", "-", "\u0000", "💥"];
    const entry = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words), { maxLength: 9 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(entry, fc.anything()), { maxLength: 3 }), (claim) => {
        let grants: ReturnType<typeof parseGrants>;
        try {
          grants = parseGrants(claim);
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, "invalid-grants");
          return;
        }
        const anyChannel = claim.some((text) => String(text).startsWith("*="));
        for (const operation of operations.filter((word) => word !== "call")) {
          const stranger = { channel: "a-name-in-no-list", params: { x: "y" } };
          assert.ok(anyChannel || !grantsAllow(grants, operation, stranger));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("allows exactly what a grant was written for, whatever the name, the params and the operation", () => {
    const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,9}$/);
    const value = fc.string({ minLength: 1 }).filter((text) => !/[,*]/.test(text));
    const params = fc.dictionary(word, value, { minKeys: 1, maxKeys: 3 });
    const operation = fc.constantFrom("join", "publish", "history", "presence" as const);
    fc.assert(
      fc.property(
        word,
        params,
        operation,
        word,
        params,
        operation,
        (name, given, op, otherName, otherParams, otherOp) => {
          const list = Object.entries(given).map(([key, text]) => `${key}=${text}`);
          const grants = parseGrants([`${name}:${list.join(",")}=${op}`]);
          assert.equal(grantsAllow(grants, op, { channel: name, params: given }), true);
          const same = name === otherName && op === otherOp && sameEntries(given, otherParams);
          assert.equal(grantsAllow(grants, otherOp, { channel: otherName, params: otherParams }), same);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function sameEntries(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}
