import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RoomClient, sealedRooms, settle } from "../sealed-channels/sealed-rooms.ts";
import type { SealedGateway } from "../support/sealed-client.ts";

/** How many epochs there have been once bob has gone and alice has said something; and what comes a window later. */
async function epochsAfter(go: (bob: RoomClient, sealed: SealedGateway) => unknown): Promise<readonly number[]> {
  const sealed = await sealedRooms();
  const [alice, bob] = [await RoomClient.connect(sealed, "alice"), await RoomClient.connect(sealed, "bob")];
  const { channel } = await alice.join("quiet");
  await bob.join("quiet");
  await alice.publish(channel, "hello");
  await go(bob, sealed);
  await settle();
  assert.notEqual(bob.client.socket.closedWith, undefined);
  const { figures } = sealed.gateway.core.channels;
  await alice.publish(channel, "at once");
  const atOnce = figures.epochs;
  sealed.gateway.clock.pass(250);
  await alice.publish(channel, "later");
  return [atOnce, figures.epochs];
}

describe("whoever makes its connection end by an error of its own has left: the fresh key waits for others (RK-7.2)", () => {
  const errors: readonly [what: string, go: (bob: RoomClient) => void][] = [
    ["a second connect", ({ client }) => client.send({ type: "connect", id: 9, token: "bob" })],
    ["a record that does not open", ({ client }) => client.socket.deliver(new Uint8Array(64))],
    ["what is no frame", ({ client }) => client.sendRecord("data", Uint8Array.of(0xff))],
    ["errors without end", ({ client }) => errorsWithoutEnd(client)],
  ];
  for (const [what, go] of errors) {
    test(what, async () => assert.deepEqual(await epochsAfter(go), [1, 2]));
  }

  test("control: not so for who has been revoked, whose keys are of no use from the very next record on", async () => {
    const revoke = (_: RoomClient, { gateway }: SealedGateway) => gateway.core.revocations.revoke({ user: "bob" });
    assert.deepEqual(await epochsAfter(revoke), [2, 2]);
  });
});

function errorsWithoutEnd(client: RoomClient["client"]): void {
  for (let id = 10; client.socket.closedWith === undefined; id += 1) client.send({ type: "leave", id, channel: 999 });
}
