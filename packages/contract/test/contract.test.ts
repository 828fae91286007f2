import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import * as z from "zod";
import { type ContractDefinition, ContractError, defineContract } from "../src/contract.ts";

const room = {
  params: z.object({ roomId: z.string() }),
  message: v.object({ text: v.string() }),
  protection: "sealed",
  publish: "members",
} as const;

/** For definitions that the types would refuse. */
function define(definition: unknown): unknown {
  return defineContract(definition as ContractDefinition);
}

function refusal(definition: unknown): { code: string; message: string } {
  try {
    define(definition);
  } catch (error) {
    assert.ok(error instanceof ContractError);
    return { code: error.code, message: error.message };
  }
  assert.fail("expected the definition to be refused");
}

const withChannel = (channel: unknown) => ({ channels: { room: channel } });

describe("defineContract()", () => {
  test("finds channels and commands by name", () => {
    const rename = { input: z.object({}), output: z.object({}) };
    const contract = defineContract({ channels: { room }, commands: { rename } });
    assert.equal(contract.channel("room"), room);
    assert.equal(contract.command("rename"), rename);
    assert.equal(contract.channel("rename"), undefined);
    assert.equal(contract.command("room"), undefined);
  });

  test("finds nothing that objects inherit, by whatever name a stranger asks (R33)", () => {
    const contract = defineContract({ channels: { room }, commands: {} });
    for (const name of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", ""]) {
      assert.equal(contract.channel(name), undefined);
      assert.equal(contract.command(name), undefined);
    }
  });

  test("takes a contract without commands and notifications, and one without channels", () => {
    assert.equal(defineContract({ channels: { room } }).command("room"), undefined);
    assert.equal(defineContract({ channels: {} }).channel("room"), undefined);
  });

  test("freezes the definition, not the schemas", () => {
    const history = { messages: 1, ttlMs: 1 };
    const lobby = { ...room, history, presence: true };
    const rename = { input: z.object({}), output: z.object({}) };
    const contract = defineContract({ channels: { lobby }, commands: { rename } });
    const { definition } = contract;
    for (const part of [contract, definition, definition.channels, lobby, history, definition.commands, rename]) {
      assert.ok(Object.isFrozen(part));
    }
    assert.equal(Object.isFrozen(room.message), false);
    assert.throws(() => Object.assign(lobby, { publish: "server" }), TypeError);
  });

  test("takes each protection level and each publisher, and no other word", () => {
    for (const protection of ["transport", "sealed", "end-to-end"]) define(withChannel({ ...room, protection }));
    for (const publish of ["members", "server"]) define(withChannel({ ...room, publish }));
    assert.deepEqual(refusal(withChannel({ ...room, protection: "none" })), {
      code: "invalid-definition",
      message: 'channel "room": protection: expected "transport" or "sealed" or "end-to-end", got "none"',
    });
    assert.deepEqual(refusal(withChannel({ ...room, publish: "anyone" })), {
      code: "invalid-definition",
      message: 'channel "room": publish: expected "members" or "server", got "anyone"',
    });
  });

  test("has no default for the security decisions", () => {
    for (const decision of ["protection", "publish"] as const) {
      const { [decision]: _, ...rest } = room;
      const { code, message } = refusal(withChannel(rest));
      assert.equal(code, "invalid-definition");
      assert.match(message, new RegExp(`^channel "room": ${decision}: expected .*, got nothing$`));
    }
  });

  test("takes names of letters, digits, - and _, and no others (R33)", () => {
    for (const name of ["a", "room", "renameRoom", "Room-2_b", "a".repeat(64)]) {
      define({ channels: { [name]: room } });
      define({ channels: {}, commands: { [name]: { input: room.message, output: room.message } } });
    }
    const bad = ["", "1a", "-a", "_a", "a b", "a:b", "a=b", "a,b", "a*", "a.b", "ä", "a\n", "a".repeat(65)];
    for (const name of [...bad, "__proto__", "constructor", "toString", "hasOwnProperty"]) {
      assert.equal(refusal({ channels: { [name]: room } }).code, "invalid-name");
      const commands = { [name]: { input: room.message, output: room.message } };
      assert.equal(refusal({ channels: {}, commands }).code, "invalid-name");
    }
  });

  test("takes history within its bounds and refuses it beyond", () => {
    const withHistory = (messages: unknown, ttlMs: unknown) => withChannel({ ...room, history: { messages, ttlMs } });
    define(withHistory(1, 1));
    define(withHistory(10_000, 2_147_483_647));
    const bad: [unknown, unknown][] = [
      [0, 1],
      [10_001, 1],
      [1.5, 1],
      [Number.NaN, 1],
      ["1", 1],
      [1, 0],
      [1, -1],
      [1, 2_147_483_648],
      [1, Number.POSITIVE_INFINITY],
      [1, undefined],
    ];
    for (const [messages, ttlMs] of bad) assert.equal(refusal(withHistory(messages, ttlMs)).code, "invalid-history");
    assert.match(
      refusal(withHistory(0, 1)).message,
      /room": history\.messages: expected an integer from 1 to 10000, got 0/,
    );
  });

  test("takes the latest value as a history, and a bound in bytes within its limits", () => {
    const withHistory = (history: unknown) => withChannel({ ...room, history });
    define(withHistory({ messages: "latest", ttlMs: 1 }));
    define(withHistory({ messages: 10, bytes: 104_857_600, ttlMs: 1 }));
    for (const bytes of [0, 104_857_601, 1.5, "1", null]) {
      assert.equal(refusal(withHistory({ messages: 10, bytes, ttlMs: 1 })).code, "invalid-history");
    }
    for (const messages of ["newest", "LATEST", true]) {
      assert.equal(refusal(withHistory({ messages, ttlMs: 1 })).code, "invalid-history");
    }
  });

  test("takes each treatment of slow readers, and refuses what contradicts itself", () => {
    for (const whenSlow of ["disconnect", "drop-oldest", "keep-latest"]) define(withChannel({ ...room, whenSlow }));
    define(withChannel({ ...room, ephemeral: true }));
    define(withChannel({ ...room, ephemeral: false, whenSlow: "drop-oldest", history: { messages: 2, ttlMs: 1 } }));
    const bad = [
      { whenSlow: "drop" },
      { whenSlow: null },
      { ephemeral: "yes" },
      { ephemeral: true, whenSlow: "drop-oldest" },
      { ephemeral: true, history: { messages: 1, ttlMs: 1 } },
      { history: { messages: "latest", ttlMs: 1 }, whenSlow: "disconnect" },
    ];
    for (const each of bad) assert.equal(refusal(withChannel({ ...room, ...each })).code, "invalid-definition");
  });

  test("refuses what is no schema, and says where", () => {
    const { "~standard": standard } = room.message;
    const bad = [
      undefined,
      null,
      "string",
      {},
      { "~standard": {} },
      { "~standard": { ...standard, version: 2 } },
      () => true,
    ];
    for (const schema of bad) {
      assert.equal(refusal(withChannel({ ...room, params: schema })).code, "not-a-schema");
      assert.match(
        refusal(withChannel({ ...room, message: schema })).message,
        /^channel "room": message: expected a schema/,
      );
      const commands = { go: { input: room.message, output: schema } };
      assert.match(refusal({ channels: {}, commands }).message, /^command "go": output: expected a schema/);
    }
    assert.match(refusal({ channels: {}, notification: {} }).message, /^notification: expected a schema/);
  });

  test("takes schemas that are functions, as some libraries make them", () => {
    const callable = Object.assign(() => true, { "~standard": room.message["~standard"] });
    define({ channels: {}, notification: callable });
  });

  test("refuses a misspelt property rather than ignoring it", () => {
    assert.match(
      refusal(withChannel({ ...room, histroy: {} })).message,
      /unknown property "histroy"; allowed: .*history/,
    );
    assert.match(refusal({ channels: {}, notifications: room.message }).message, /unknown property "notifications"/);
    assert.equal(
      refusal(withChannel({ ...room, history: { messages: 1, ttlMs: 1, ttl: 1 } })).code,
      "invalid-definition",
    );
    assert.equal(refusal(withChannel({ ...room, presence: "yes" })).code, "invalid-definition");
  });

  test("refuses a definition that is not made of objects", () => {
    for (const definition of [undefined, null, 7, "x", [], () => 1, {}, { channels: [] }, { channels: null }]) {
      assert.equal(refusal(definition).code, "invalid-definition");
    }
    for (const channel of [undefined, null, "room", [room]]) {
      assert.equal(refusal(withChannel(channel)).code, "invalid-definition");
    }
    assert.equal(refusal({ channels: {}, commands: { go: 7 } }).code, "invalid-definition");
  });
});
