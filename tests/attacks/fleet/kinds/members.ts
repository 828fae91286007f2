import { clientFrame, opcodes } from "../../../../packages/gateway/test/host/raw-client.ts";
import { type Attacker, type AttackKind, expectClose, memberSending } from "../attacker.ts";

/** Twenty times what may come at once. */
const framesInFlood = 2_000;
const deepArray = "[".repeat(10_000) + "]".repeat(10_000);

const text = (payload: string): Buffer => clientFrame({ opcode: opcodes.text, payload });
const frames = (count: number, frame: (id: number) => object): readonly Buffer[] =>
  Array.from({ length: count }, (_, index) => text(JSON.stringify(frame(index + 3))));
const den = (number: number): object => ({ roomId: `den-${number}` });
const joinDen = text(JSON.stringify({ type: "join", id: 2, channel: "lobby", params: den(0) }));

/** Members with a good token that send far more than their budget. */
export const memberFloods: AttackKind = {
  name: "floods of joins, publishes and calls",
  attacks: [
    memberSending(
      4429,
      ...frames(framesInFlood, (id) => ({ type: "join", id, channel: "lobby", params: den(id % 100) })),
    ),
    memberSending(
      4429,
      joinDen,
      ...frames(framesInFlood, () => ({ type: "publish", channel: 1, data: { text: "flood" } })),
    ),
    memberSending(
      4429,
      ...frames(framesInFlood, (id) => ({
        type: "call",
        id,
        command: "renameRoom",
        input: { ...den(0), title: "Den" },
      })),
    ),
  ],
};

/** Members whose messages are none, and members that go without a word. */
export const memberKinds: readonly AttackKind[] = [
  memberFloods,
  {
    name: "garbage for JSON, and deep JSON",
    attacks: [
      memberSending(1007, text("garbage".repeat(1_000))),
      memberSending(4400, text(`{"type":"call","id":2,"command":"x","input":${deepArray}}`)),
      memberSending(4400, text('{"type":"pong"}\n'.repeat(65).trimEnd())),
      memberSending(4413, ...frames(60, (id) => ({ type: "leave", id, channel: 99 }))),
    ],
  },
  { name: "connected and gone", attacks: [resetting, leavingCloseUnanswered] },
];

async function resetting(attacker: Attacker): Promise<void> {
  const client = await attacker.join();
  client.socket.write(joinDen);
  await client.readFrame();
  attacker.tcp.resetAndDestroy();
}

/** Reads the gateway's close frame and leaves it unanswered, until the gateway cuts the connection. */
async function leavingCloseUnanswered(attacker: Attacker): Promise<void> {
  const client = await attacker.join();
  client.write(text("garbage"));
  await expectClose(client, 1007);
  await client.closed;
}
