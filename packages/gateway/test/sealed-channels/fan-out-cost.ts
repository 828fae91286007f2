import { setImmediate } from "node:timers/promises";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import type { Fanout, Member } from "../../src/channels/fanout.ts";
import { OpenFanout } from "../../src/channels/open-fanout.ts";
import { ChannelLedger } from "../../src/channels/sealed/channel-ledger.ts";
import { SealedChannelFigures } from "../../src/channels/sealed/figures.ts";
import { SealedFanout } from "../../src/channels/sealed/sealed-fanout.ts";
import { SealingGate } from "../../src/channels/sealed/sealing-gate.ts";
import { systemClock } from "../../src/clock.ts";
import { Outbox } from "../../src/connection/outbox.ts";
import type { SealedOutlet } from "../../src/connection/outlet.ts";
import { Turn } from "../../src/connection/turn.ts";
import { OutboundTotal } from "../../src/limits/outbound-total.ts";

const number = 7;

/** A channel with so many members whose sockets cost nothing. */
function room(isSealed: boolean, members: number): { readonly fanout: Fanout; readonly turn: Turn } {
  const turn = new Turn();
  const figures = new SealedChannelFigures();
  const fanout = isSealed ? sealedFanout(turn, figures) : new OpenFanout(number, undefined);
  const limits = { maxOutboundBytes: 4_000_000, maxOutboundMessages: 10_000 };
  const shared = { turn, limits, outboundTotal: new OutboundTotal(1_000_000_000) };
  const actions = { overflow: () => {}, failed: () => {} };
  for (let count = 0; count < members; count += 1) {
    const outlet = new NullOutlet();
    const ledger = isSealed ? new ChannelLedger(outlet, figures) : undefined;
    const member: Member = { outbox: new Outbox(outlet, "cbor", shared, actions, ledger) };
    fanout.add(member);
  }
  return { fanout, turn };
}

function sealedFanout(turn: Turn, figures: SealedChannelFigures): SealedFanout {
  const failed = (error: unknown): void => {
    throw error;
  };
  const gate = new SealingGate({ clock: systemClock, readRevocations: async () => {}, failed });
  const signer = nodePrimitives.ed25519.signer(SecretBytes.random(32));
  const sealing = { primitives: nodePrimitives, signer, gate, figures, turn, clock: systemClock, failed };
  return new SealedFanout(sealing, { number, key: "room", droppable: undefined });
}

class NullOutlet implements SealedOutlet {
  readonly bufferedBytes = 0;
  readonly transcriptHash = new Uint8Array(32);
  readonly exporter: SecretBytes = SecretBytes.random(32);
  sent = 0;
  send(): void {
    this.sent += 1;
  }
  sendChannelKey(): void {}
  sendSkip(): void {}
  sendPositions(): void {}
  sendChannelRecord(): void {
    this.sent += 1;
  }
}

/** Microseconds of CPU for each delivery to a channel, sealed or not: turns of so many messages of 200 bytes. */
export async function costOfDelivery(
  isSealed: boolean,
  members: number,
  messagesOfTurn: number,
  turns: number,
): Promise<number> {
  const { fanout } = room(isSealed, members);
  const data = "x".repeat(150);
  let offset = 0;
  const publish = async (): Promise<void> => {
    for (let count = 0; count < messagesOfTurn; count += 1) {
      offset += 1;
      fanout.sendMessage(offset, Buffer.from(JSON.stringify({ message: `m_${offset}`, at: 0, data })));
    }
    await setImmediate();
  };
  for (let turn = 0; turn < turns / 5; turn += 1) await publish();
  const before = process.cpuUsage();
  for (let turn = 0; turn < turns; turn += 1) await publish();
  const { user, system } = process.cpuUsage(before);
  for (const member of [...fanout.members]) fanout.remove(member, "left");
  return (user + system) / (turns * members * messagesOfTurn);
}
