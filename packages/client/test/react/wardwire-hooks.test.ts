import assert from "node:assert/strict";
import { test } from "node:test";
import { createElement as h, type ReactElement } from "react";
import { renderToString } from "react-dom/server";
import type { JoinedChannel, Message, Published } from "../../src/connect.ts";
import { createWardwireHooks } from "../../src/react/wardwire-hooks.ts";
import { chat } from "../support/chat-contract.ts";
import { startClient } from "../support/start-client.ts";
import { settle } from "../support/virtual-clock.ts";

const { WardwireProvider, useConnection, useSecurity, useChannel, usePresence } = createWardwireHooks<typeof chat>();

function Room(): ReactElement {
  const { phase } = useConnection();
  const { status, channel, messages } = useChannel("room", { roomId: "tea" }, { history: 50 });
  const protection = useSecurity()?.protection ?? "unknown";
  return h("p", {}, [phase, protection, status, messages.length, usePresence(channel).length].join());
}

test("on a server everything is about to begin, with a client and without one, and nothing is joined", async (t) => {
  const { client, sockets } = await startClient(t, { contract: chat });
  assert.equal(client.state.phase, "connected");
  for (const given of [client, undefined]) {
    assert.equal(
      renderToString(h(WardwireProvider, { client: given }, h(Room))),
      "<p>connecting,unknown,joining,0,0</p>",
    );
  }
  await settle();
  assert.deepEqual(
    sockets.latest.sent.map(({ type }) => type),
    ["connect"],
  );
});

test("a hook without its own provider says what is missing", async (t) => {
  const { client } = await startClient(t, { contract: chat });
  const other = createWardwireHooks<typeof chat>();
  assert.throws(() => renderToString(h(Room)), /expected a <WardwireProvider>/);
  assert.throws(() => renderToString(h(other.WardwireProvider, { client }, h(Room))), /expected a <WardwireProvider>/);
});

test("params that are no JSON are refused while rendering", () => {
  const untyped: (name: "room", params: object) => unknown = useChannel as never;
  const Bad = (): ReactElement => h("p", {}, String(untyped("room", { roomId: () => "tea" })));
  const render = () => renderToString(h(WardwireProvider, { client: undefined }, h(Bad)));
  assert.throws(render, { code: "not-json" });
});

/** Holds exactly when both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_Truth extends true>(): void {}

/** Never run: the compiler is the test. */
export function Typed(): ReactElement {
  const { status, channel, error, messages, publish } = useChannel("room", { roomId: "tea" });
  holds<Same<typeof messages, readonly Message<{ text: string }>[]>>();
  holds<Same<ReturnType<typeof publish>, Promise<Published>>>();
  if (status === "joined")
    holds<Same<typeof channel, JoinedChannel<{ roomId: string }, { text: string }, { text: string }>>>();
  if (status === "failed") error.code satisfies string;
  usePresence(channel);
  void publish({ text: "hello" }, { key: "k1" });
  // @ts-expect-error text is a string
  void publish({ text: 7 });
  // @ts-expect-error roomId is a string
  useChannel("room", { roomId: 7 });
  // @ts-expect-error there is no such channel
  useChannel("attic", { roomId: "tea" });
  // @ts-expect-error a client of another contract
  h(WardwireProvider, { client: {} });
  return h("p");
}

test("the types of the hooks follow the contract", () => {
  assert.equal(Typed.length, 0);
});
