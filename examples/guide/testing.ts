import { connect } from "@wardwire/client";
import { defineContract } from "@wardwire/contract";
import { createTestGateway } from "@wardwire/gateway/testing";
import * as v from "valibot";

const contract = defineContract({
  channels: {
    room: {
      params: v.object({ roomId: v.string() }),
      message: v.object({ text: v.string() }),
      protection: "transport",
      publish: "members",
      history: { messages: 100, ttlMs: 3_600_000 },
    },
  },
});

/** The network goes while alice writes; gives what bob reads, which is what she wrote, once, whatever happened. */
export async function writeThroughAnOutage(): Promise<readonly string[]> {
  await using kit = createTestGateway({ contract });
  const alice = await connect(kit.url, { ...kit.clientOptions("alice/phone"), contract });
  const bob = await connect(kit.url, { ...kit.clientOptions("bob/laptop"), contract });
  const room = await alice.join("room", { roomId: "tea" });
  const { messages } = await bob.join("room", { roomId: "tea" });

  const sent = room.publish({ text: "hello" });
  kit.cutConnections();
  await kit.clock.advance(30_000);
  await sent;
  await kit.gateway.publish("room", { roomId: "tea" }, { text: "bye" });

  const read: string[] = [];
  for await (const { data, afterGap } of messages) {
    read.push(afterGap ? `… ${data.text}` : data.text);
    if (data.text === "bye") break;
  }
  await Promise.all([alice.close(), bob.close()]);
  return read;
}
