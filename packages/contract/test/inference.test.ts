import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as v from "valibot";
import * as z from "zod";
import {
  type CallInputOf,
  type ChannelName,
  type CommandName,
  type Contract,
  defineContract,
  type InputOf,
  type MessageInputOf,
  type MessageOf,
  type NotificationInputOf,
  type NotificationOf,
  type OutputOf,
  type ParamsInputOf,
  type ParamsOf,
  parse,
  type ResultOf,
} from "../src/contract.ts";

// The compiler is half of this file's test: `tsc` reads it, and every `@ts-expect-error` must be one.

const roomParams = v.object({ roomId: v.string() });
const chat = defineContract({
  channels: {
    room: {
      params: z.object({ roomId: z.string(), page: z.coerce.number<string>() }),
      message: v.object({ text: v.pipe(v.string(), v.transform(Number)), by: v.optional(v.string(), "nobody") }),
      protection: "sealed",
      publish: "members",
    },
    news: { params: roomParams, message: z.string(), protection: "transport", publish: "server" },
  },
  commands: {
    rename: {
      input: z.object({ title: z.string().transform((title) => title.length) }),
      output: z.object({ at: z.date().transform((at) => at.getTime()) }),
    },
  },
  notification: v.object({ kind: v.picklist(["mention", "invite"]), count: v.optional(v.number(), 1) }),
});
const quiet = defineContract({ channels: {} });
type Chat = typeof chat;
type Quiet = typeof quiet;

/** Exactly equal, where mere assignability would let `any` and `unknown` pass. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(answer: Same<A, B>): void {
  assert.equal(answer, true);
}

test("a contract's names and values have exactly the types of its schemas", () => {
  same<ChannelName<Chat>, "room" | "news">(true);
  same<CommandName<Chat>, "rename">(true);
  same<ParamsOf<Chat, "room">, { roomId: string; page: number }>(true);
  same<ParamsInputOf<Chat, "room">, { roomId: string; page: string }>(true);
  same<MessageOf<Chat, "room">, { text: number; by: string }>(true);
  same<MessageInputOf<Chat, "room">, { text: string; by?: string | undefined }>(true);
  same<MessageOf<Chat, "news">, string>(true);
  same<MessageOf<Chat, ChannelName<Chat>>, string | { text: number; by: string }>(true);
  same<CallInputOf<Chat, "rename">, { title: string }>(true);
  same<InputOf<Chat, "rename">, { title: number }>(true);
  same<OutputOf<Chat, "rename">, { at: Date }>(true);
  same<ResultOf<Chat, "rename">, { at: number }>(true);
  same<NotificationOf<Chat>, { kind: "mention" | "invite"; count: number }>(true);
  same<NotificationInputOf<Chat>, { kind: "mention" | "invite"; count?: number | undefined }>(true);
});

test("a contract without commands and notifications has none", () => {
  same<ChannelName<Quiet>, never>(true);
  same<CommandName<Quiet>, never>(true);
  same<NotificationOf<Quiet>, never>(true);
  same<NotificationInputOf<Quiet>, never>(true);
});

test("of any contract at all, names are strings and values unknown", () => {
  same<ChannelName<Contract>, string>(true);
  same<CommandName<Contract>, string>(true);
  same<MessageOf<Contract, string>, unknown>(true);
  const any: readonly Contract[] = [chat, quiet];
  assert.equal(any.length, 2);
});

/** As a gateway or client would use the types: with a contract it does not know yet. */
function messageOf<C extends Contract, N extends ChannelName<C>>(
  contract: C,
  name: N,
  message: MessageInputOf<C, N>,
): MessageOf<C, N> {
  const channel = contract.channel(name);
  assert.ok(channel !== undefined);
  const result = parse(channel.message, message);
  assert.ok(result.ok);
  return result.value as MessageOf<C, N>;
}

test("the types work where the contract is a type parameter", () => {
  const message = messageOf(chat, "room", { text: "7" });
  same<typeof message, { text: number; by: string }>(true);
  assert.deepEqual(message, { text: 7, by: "nobody" });
  // @ts-expect-error: text is a string before it is parsed
  assert.throws(() => messageOf(chat, "room", { text: 7 }));
  // @ts-expect-error: there is no such channel
  assert.throws(() => messageOf(chat, "attic", "hello"));
});

test("parse() has the type of the schema's output", () => {
  const result = parse(z.object({ n: z.string().transform(Number) }), { n: "7" });
  assert.ok(result.ok);
  same<typeof result.value, { n: number }>(true);
  assert.equal(result.value.n, 7);
  const refused = parse(z.string(), 7);
  // @ts-expect-error: there is no value before `ok` was looked at
  assert.equal(refused.value, undefined);
});

test("mistakes in a definition are compile errors", () => {
  const params = roomParams;
  const message = roomParams;
  // @ts-expect-error: protection is a security decision and has no default
  assert.throws(() => defineContract({ channels: { a: { params, message, publish: "members" } } }));
  // @ts-expect-error: publish is a security decision and has no default
  assert.throws(() => defineContract({ channels: { a: { params, message, protection: "sealed" } } }));
  // @ts-expect-error: there is no such protection
  assert.throws(() => defineContract({ channels: { a: { params, message, publish: "members", protection: "tls" } } }));
  // @ts-expect-error: nobody else may publish
  assert.throws(() => defineContract({ channels: { a: { params, message, publish: "all", protection: "sealed" } } }));
  const base = { params, message, publish: "members", protection: "sealed" } as const;
  // @ts-expect-error: a history has both bounds
  assert.throws(() => defineContract({ channels: { a: { ...base, history: { messages: 1 } } } }));
  // @ts-expect-error: a type is no schema
  assert.throws(() => defineContract({ channels: { a: { ...base, params: { roomId: "string" } } } }));
  // @ts-expect-error: a command has an output
  assert.throws(() => defineContract({ channels: {}, commands: { go: { input: message } } }));
  // @ts-expect-error: channels may be none, but not left out
  assert.throws(() => defineContract({}));
});

test("what is not in the contract cannot be named", () => {
  type Names = [
    // @ts-expect-error: there is no such channel
    ParamsOf<Chat, "attic">,
    // @ts-expect-error: there is no such channel
    MessageInputOf<Chat, "rename">,
    // @ts-expect-error: there is no such command
    InputOf<Chat, "room">,
    // @ts-expect-error: there are no commands at all
    ResultOf<Quiet, "rename">,
    // @ts-expect-error: a definition is not yet a contract
    ChannelName<Chat["definition"]>,
  ];
  assert.equal(([] satisfies Partial<Names>).length, 0);
});

test("a contract cannot be changed", () => {
  // @ts-expect-error: it is read-only
  const change = () => (chat.definition.channels.room.publish = "server");
  assert.throws(change, TypeError);
});

test("the inference types stay under 50 lines", async () => {
  const text = await readFile(new URL("../src/inference.ts", import.meta.url), "utf8");
  const lines = text.trimEnd().split("\n").length;
  assert.ok(lines > 10 && lines < 50, `${lines} lines`);
});
