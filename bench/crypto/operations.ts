import { encodeChannelKey } from "../../packages/crypto/src/channel-records/channel-announcements.ts";
import { ChannelSealer } from "../../packages/crypto/src/channel-records/channel-sealer.ts";
import { JoinedChannels } from "../../packages/crypto/src/channel-records/joined-channels.ts";
import { startHandshake } from "../../packages/crypto/src/handshake/client-handshake.ts";
import { AwaitingFirstMessage } from "../../packages/crypto/src/handshake/gateway-handshake.ts";
import { HistoryKeys, historyKek } from "../../packages/crypto/src/history/history-keys.ts";
import { HistoryReader } from "../../packages/crypto/src/history/history-reader.ts";
import { HistoryWriter } from "../../packages/crypto/src/history/history-writer.ts";
import type { Primitives } from "../../packages/crypto/src/primitives/primitives.ts";
import { SecretBytes } from "../../packages/crypto/src/secret-bytes.ts";
import { RecordOpener } from "../../packages/crypto/src/session-records/record-opener.ts";
import { RecordSealer } from "../../packages/crypto/src/session-records/record-sealer.ts";
import { clientOptions, gatewayOptions } from "../../packages/crypto/test/fixtures/handshakes.ts";
import { makeTiers, publishedKeys } from "../../packages/crypto/test/fixtures/key-tiers.ts";

/** An operation to be timed; what it needs was made beforehand. */
export interface Operation {
  readonly name: string;
  readonly run: () => unknown;
  /** How many are timed as one: fewer of what is slow. */
  readonly batch: number;
}

const content = new Uint8Array(128).fill(7);
const now = (): number => 0;

/** Everything a backend does for sealed connections, smallest first. */
export async function operationsOf(primitives: Primitives): Promise<readonly Operation[]> {
  return [
    await bareSeal(primitives),
    ...sessionOperations(primitives),
    ...(await channelOperations(primitives)),
    ...(await historyOperations(primitives)),
    ...(await handshakeOperations(primitives)),
  ];
}

/** What the records below cannot be cheaper than. */
async function bareSeal(primitives: Primitives): Promise<Operation> {
  const key = await primitives.importAead("aes-256-gcm", secretOf(4));
  const [nonce, header, plaintext] = [new Uint8Array(12), new Uint8Array(14), new Uint8Array(192)];
  return { name: "AES-256-GCM of 192 B", batch: 200, run: () => key.seal(nonce, header, plaintext) };
}

function sessionOperations(primitives: Primitives): readonly Operation[] {
  const common = { primitives, algorithm: "aes-256-gcm", now } as const;
  const sealing = new RecordSealer({ ...common, side: "gateway", secret: secretOf(1) });
  const pair = {
    sealer: new RecordSealer({ ...common, side: "gateway", secret: secretOf(1) }),
    opener: new RecordOpener({ ...common, from: "gateway", secret: secretOf(1) }),
  };
  return [
    { name: "session record of 128 B: seal", batch: 200, run: () => sealing.seal("data", content) },
    {
      name: "session record of 128 B: seal and open",
      batch: 200,
      run: () => then(pair.sealer.seal("data", content), ([record]) => pair.opener.open(record ?? content)),
    },
  ];
}

async function channelOperations(primitives: Primitives): Promise<readonly Operation[]> {
  const signer = await primitives.ed25519.signer(secretOf(2));
  const make = (): ChannelSealer => new ChannelSealer({ primitives, signer, channelHash: new Uint8Array(32), now });
  const [sealing, stepping, pair] = [make(), make(), make()];
  const member = new JoinedChannels({ primitives, verifier: await primitives.ed25519.verifier(signer.publicKey) });
  await member.join(1);
  const first = await pair.seal(content);
  if (first.keys !== undefined) await member.channelKey(encodeChannelKey(1, first.keys.key));
  await member.open(first.record);
  return [
    { name: "channel record of 128 B: seal and sign", batch: 20, run: () => sealing.seal(content) },
    {
      name: "channel record of 128 B: seal and sign, with a step",
      batch: 20,
      run: () => {
        stepping.memberJoined();
        return stepping.seal(content);
      },
    },
    {
      name: "channel record of 128 B: seal and sign, open and verify",
      batch: 20,
      run: () => then(pair.seal(content), ({ record }) => member.open(record)),
    },
  ];
}

async function historyOperations(primitives: Primitives): Promise<readonly Operation[]> {
  const kek = await historyKek(primitives, secretOf(3));
  const place = { tenant: "t", channel: "room:roomId=tea", stream: "s" };
  const writer = new HistoryWriter({ primitives });
  const { bytes } = await writer.seal({ kek, place, content });
  const keys = new HistoryKeys(primitives, 8);
  return [
    { name: "history item of 128 B: seal", batch: 100, run: () => writer.seal({ kek, place, content }) },
    {
      name: "history item of 128 B: read",
      batch: 100,
      run: () => new HistoryReader({ primitives, keys, place, kekOf: () => kek, messageIdOf: () => "1" }).next(bytes),
    },
  ];
}

async function handshakeOperations(primitives: Primitives): Promise<readonly Operation[]> {
  const { ring, bundle } = await publishedKeys(await makeTiers());
  const client = clientOptions(bundle, { primitives });
  const batch = primitives.backend === "node" ? 5 : 1;
  // Made ahead, so that only the gateway's side is timed; a message is taken once by each cache of seen ciphertexts.
  const { message, awaiting } = await startHandshake(client);
  awaiting.dispose();
  return [
    {
      name: "handshake: the gateway's side",
      batch,
      run: () => new AwaitingFirstMessage(gatewayOptions(ring, { primitives }), { take: () => 0 }).receive(message),
    },
    {
      name: "handshake: both sides",
      batch,
      run: async () => {
        const start = await startHandshake(client);
        const gateway = new AwaitingFirstMessage(gatewayOptions(ring, { primitives }), { take: () => 0 });
        return start.awaiting.receive((await gateway.receive(start.message)).message);
      },
    },
  ];
}

function then<Value, Next>(value: Value | Promise<Value>, next: (value: Value) => Next): Next | Promise<Awaited<Next>> {
  return value instanceof Promise ? (value.then(next) as Promise<Awaited<Next>>) : next(value);
}

function secretOf(byte: number): SecretBytes {
  return SecretBytes.take(new Uint8Array(32).fill(byte));
}
