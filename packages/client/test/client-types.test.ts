import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "@wardwire/wire/frames";
import type { Client, ClientState, connect, JoinedChannel } from "../src/connect.ts";
import type { chat } from "./support/chat-contract.ts";

/** Holds exactly when both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_Truth extends true>(): void {}

declare const typed: Client<typeof chat>;
declare const untyped: Client;
declare const open: typeof connect;

/** Never run: the compiler is the test. */
export async function typedByTheContract(): Promise<void> {
  const room = await typed.join("room", { roomId: "tea" });
  holds<Same<typeof room, JoinedChannel<{ roomId: string }, { text: string }, { text: string }>>>();
  const { title } = await typed.call("renameRoom", { roomId: "tea", title: "Tea" });
  holds<Same<typeof title, string>>();
  for await (const { data } of room.messages) holds<Same<typeof data, { text: string }>>();
  for await (const { data } of typed.notifications) holds<Same<typeof data, { text: string }>>();
  typed.addEventListener("state", ({ detail }) => holds<Same<typeof detail, ClientState>>());
  // @ts-expect-error text is a string
  await room.publish({ text: 7 });
  // @ts-expect-error roomId is a string
  await typed.join("room", { roomId: 7 });
  // @ts-expect-error there is no such channel
  await typed.join("attic", { roomId: "tea" });
  // @ts-expect-error there is no such command
  await typed.call("explode", {});
  // @ts-expect-error there is no such event
  typed.addEventListener("explosion", () => undefined);
  // @ts-expect-error a connected state has no retryAt
  if (typed.state.phase === "connected") typed.state.retryAt;
}

/** Never run: the compiler is the test. */
export async function untypedWithoutOne(): Promise<void> {
  const room = await untyped.join("anything", { any: ["json", 1] });
  holds<Same<typeof room, JoinedChannel<Json, Json, Json>>>();
  await room.publish({ text: 7 });
  // @ts-expect-error a function is no JSON
  await room.publish(() => 7);
  // @ts-expect-error the token has no default
  await open("wss://chat.example/ws", {});
  // @ts-expect-error there is no switch against verification
  await open("wss://chat.example/ws", { token: "t", rejectUnauthorized: false });
}

test("the types of a client follow its contract", () => {
  assert.equal(typedByTheContract.length + untypedWithoutOne.length, 0);
});
