import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineContract } from "@wardwire/contract";
import { z } from "zod";
import { type Authorize, type AuthorizeRequest, allow, type Decision, decide, deny } from "../../src/auth/authorize.ts";
import { parseGrants } from "../../src/auth/grants.ts";
import type { Identity } from "../../src/auth/identity.ts";

const message = z.object({ text: z.string() });
const chat = defineContract({
  channels: {
    room: { params: z.object({ roomId: z.string() }), message, protection: "transport", publish: "members" },
    page: { params: z.object({ number: z.number() }), message, protection: "transport", publish: "members" },
  },
  commands: {
    renameRoom: { input: z.object({ roomId: z.string(), title: z.string() }), output: z.object({}) },
  },
});
type Chat = typeof chat;

const identity: Identity = { userId: "alice", expiresAt: 1_800_000_000_000, claims: {} };
const signal = new AbortController().signal;
const join: AuthorizeRequest<Chat> = {
  identity,
  operation: "join",
  channel: { name: "room", params: { roomId: "tea" } },
  signal,
};
const call: AuthorizeRequest<Chat> = {
  identity,
  operation: "call",
  command: { name: "renameRoom", input: { roomId: "tea", title: "Tea" } },
  signal,
};

/** An `authorize` of plain JavaScript, which may answer anything. */
function answering(answer: () => unknown): Authorize<Chat> {
  return answer as Authorize<Chat>;
}

/** What some query builders return: no promise, but awaited like one. */
function thenable(then: (resolve: (answer: Decision) => void) => void): object {
  return { then };
}

function withGrants(request: AuthorizeRequest<Chat>, ...grants: string[]): AuthorizeRequest<Chat> {
  return { ...request, identity: { ...identity, grants: parseGrants(grants) } };
}

describe("decide fails closed (R43)", () => {
  it("allows what allow() answers, at once and later", async () => {
    assert.deepEqual(
      decide(() => allow(), join),
      { allowed: true },
    );
    assert.deepEqual(await decide(async () => allow(), join), { allowed: true });
    assert.deepEqual(
      await decide(
        answering(() => ({ allowed: true })),
        join,
      ),
      { allowed: true },
    );
  });

  it("denies with the reason of deny()", async () => {
    assert.deepEqual(
      decide(() => deny("not-a-member"), join),
      { allowed: false, reason: "not-a-member" },
    );
    assert.deepEqual(await decide(async () => deny("later"), join), { allowed: false, reason: "later" });
  });

  const strangers: Readonly<Record<string, unknown>> = {
    undefined: undefined,
    null: null,
    true: true,
    1: 1,
    "the word allow": "allow",
    "an empty object": {},
    "an empty list": [],
    "the function allow itself": allow,
    "allowed: 1": { allowed: 1 },
    'allowed: "true"': { allowed: "true" },
    "allowed: a promise of true": { allowed: Promise.resolve(true) },
    "allowed: undefined": { allowed: undefined },
    "allowed: false without a reason": { allowed: false },
    "allow: true": { allow: true },
    "an inherited allowed": Object.create({ allowed: true }),
    "a decision in a list": [{ allowed: true }],
    "a decision in a decision": { decision: { allowed: true } },
  };
  for (const [name, answer] of Object.entries(strangers)) {
    it(`denies when the answer is ${name}, at once or later`, async () => {
      const denied = { allowed: false, reason: "no-decision" };
      assert.deepEqual(
        decide(
          answering(() => answer),
          join,
        ),
        denied,
      );
      assert.deepEqual(
        await decide(
          answering(async () => answer),
          join,
        ),
        denied,
      );
    });
  }

  it("denies when authorize throws or rejects, and keeps what was thrown for the log", async () => {
    const cause = new Error("database is away");
    const denied = { allowed: false, reason: "authorize-failed", cause };
    const throwing = answering(() => {
      throw cause;
    });
    assert.deepEqual(decide(throwing, join), denied);
    assert.deepEqual(
      await decide(
        answering(() => Promise.reject(cause)),
        join,
      ),
      denied,
    );
    const badThenable = answering(() =>
      thenable(() => {
        throw cause;
      }),
    );
    assert.deepEqual(await decide(badThenable, join), denied);
    const trap = answering(() => ({
      get allowed(): boolean {
        throw cause;
      },
    }));
    assert.deepEqual(decide(trap, join), denied);
  });

  it("awaits any thenable", async () => {
    const patient = answering(() => thenable((resolve) => resolve(allow())));
    assert.deepEqual(await decide(patient, join), { allowed: true });
  });

  it("does not let a polluted Object.prototype allow", () => {
    Object.defineProperty(Object.prototype, "allowed", { value: true, configurable: true });
    try {
      assert.equal(
        (
          decide(
            answering(() => ({})),
            join,
          ) as Decision
        ).allowed,
        false,
      );
    } finally {
      Reflect.deleteProperty(Object.prototype, "allowed");
    }
  });
});

describe("decide asks the token's grants and the application, and both must allow", () => {
  it("does not ask the application for what the token does not grant", () => {
    let asked = 0;
    const authorize = (): Decision => {
      asked += 1;
      return allow();
    };
    const notGranted = { allowed: false, reason: "not-granted" };
    assert.deepEqual(decide(authorize, withGrants(join)), notGranted);
    assert.deepEqual(decide(authorize, withGrants(join, "room:roomId=coffee=join")), notGranted);
    assert.deepEqual(decide(authorize, withGrants(join, "room:*=publish")), notGranted);
    assert.deepEqual(decide(authorize, withGrants(call, "*=join")), notGranted);
    assert.equal(asked, 0);
    assert.deepEqual(decide(authorize, withGrants(join, "room:roomId=tea=join")), allow());
    assert.deepEqual(decide(authorize, withGrants(call, "renameRoom=call")), allow());
    assert.equal(asked, 2);
  });

  it("denies what is granted when the application denies it", () => {
    const granted = withGrants(join, "*=join");
    assert.deepEqual(
      decide(() => deny("banned"), granted),
      { allowed: false, reason: "banned" },
    );
  });
});

describe("the request is typed by the contract", () => {
  it("tells params and input by operation and name", () => {
    const authorize: Authorize<Chat> = ({ identity: { userId }, operation, channel, command }) => {
      if (operation === "call") {
        return command.input.title.length < 80 && userId === "alice" ? allow() : deny("title");
      }
      if (channel.name === "page") {
        return channel.params.number.toFixed() === "1" ? allow() : deny("page");
      }
      return channel.params.roomId.startsWith("tea") ? allow() : deny("room");
    };
    assert.deepEqual(authorize(join), allow());
    assert.deepEqual(authorize(call), allow());
    assert.deepEqual(authorize({ ...join, channel: { name: "page", params: { number: 2 } } }), deny("page"));
  });

  it("needs no look at the operation where the contract has one channel and no command", () => {
    const small = defineContract({ channels: { room: chat.definition.channels.room } });
    const authorize: Authorize<typeof small> = ({ identity: { userId }, channel }) =>
      channel.params.roomId === "tea" && userId === "alice" ? allow() : deny("not-a-member");
    assert.deepEqual(
      authorize({ identity, operation: "publish", channel: { name: "room", params: { roomId: "tea" } }, signal }),
      allow(),
    );
  });

  it("does not compile without a decision, or with a look at the wrong half", () => {
    // @ts-expect-error a boolean is no decision
    const truthy: Authorize<Chat> = () => true;
    // @ts-expect-error a command has no channel
    const careless: Authorize<Chat> = ({ channel }) => (channel.name === "room" ? allow() : deny("room"));
    assert.equal((decide(truthy, join) as Decision).allowed, false);
    assert.equal((decide(careless, call) as Decision).allowed, false);
  });
});
