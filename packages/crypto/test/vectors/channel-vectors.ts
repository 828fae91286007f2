import { utf8 } from "../../src/bytes.ts";
import { encodeChannelKey, encodePositions, encodeSkip } from "../../src/channel-records/channel-announcements.ts";
import { ChannelSealer } from "../../src/channel-records/channel-sealer.ts";
import { JoinedChannels } from "../../src/channel-records/joined-channels.ts";
import type { Primitives } from "../../src/primitives/primitives.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import { counting, toBytes, toText } from "./hex.ts";

/** What one process seals for a channel, in `spec/vectors/channel-records.json`; bytes are hexadecimal. */
export interface ChannelInputs {
  readonly name: string;
  /** The channel's key. */
  readonly channel: string;
  /** The seed of the process's Ed25519 key. */
  readonly signingSeed: string;
  /** E₀ of one epoch after another. */
  readonly random: readonly string[];
  readonly limits: { readonly paddedTo: number; readonly freshAfterRecords: number; readonly freshAfterSteps: number };
  readonly actions: readonly ChannelAction[];
}

/** One thing that happens to the channel. */
export type ChannelAction =
  | { readonly act: "seal"; readonly content: string }
  | { readonly act: "join" }
  | { readonly act: "expel" }
  | { readonly act: "heartbeat" }
  | { readonly act: "skip"; readonly fromSeq: number; readonly toSeq: number };

/** What a member's queue gets for it: a channel record, or the content of a session record. */
export interface ChannelOutput {
  readonly kind: "record" | "channelKey" | "skip" | "heartbeat";
  /** To whom a key goes. */
  readonly goTo?: "everyone" | "joined";
  readonly bytes: string;
}

/** A record that is not to be opened by a member that has taken so many outputs. */
export interface ChannelRefusal {
  readonly name: string;
  readonly taken: number;
  readonly record: string;
}

/** The number under which the member of every vector has the channel. */
export const vectorChannel = 3;

/** The channels of the file. */
export const channelInputs: readonly ChannelInputs[] = [
  inputs("steps, a fresh epoch, and where it is", {
    actions: [
      seal("a1647479706564706f6e67"),
      seal("01"),
      { act: "join" },
      { act: "join" },
      seal("02"),
      { act: "heartbeat" },
      { act: "expel" },
      { act: "join" },
      seal("03"),
      { act: "heartbeat" },
    ],
  }),
  inputs("epochs that wear out, without padding", {
    channel: "dm:a=ä&b=b",
    limits: { paddedTo: 1, freshAfterRecords: 3, freshAfterSteps: 2 },
    actions: [seal(""), seal("02"), seal("03"), seal("04"), { act: "join" }, seal("05"), { act: "join" }, seal("06")],
  }),
  inputs("records left out for a slow member", {
    actions: [seal("01"), { act: "skip", fromSeq: 1, toSeq: 3 }, seal("02")],
  }),
];

/** Everything a member's queue gets, in order; the records that a skip leaves out are sealed and not given. */
export async function runChannel(primitives: Primitives, vector: ChannelInputs): Promise<readonly ChannelOutput[]> {
  const random = vector.random.map(toBytes);
  const drawn: Primitives = { ...primitives, randomBytes: () => random.shift() ?? missing() };
  const signer = await primitives.ed25519.signer(SecretBytes.take(toBytes(vector.signingSeed)));
  const channelHash = await primitives.sha256(utf8(vector.channel));
  const sealer = new ChannelSealer({ primitives: drawn, signer, channelHash, now: () => 0, limits: vector.limits });
  const outputs: ChannelOutput[] = [];
  for (const action of vector.actions) {
    if (action.act === "join") sealer.memberJoined();
    else if (action.act === "expel") sealer.memberExpelled();
    else if (action.act === "seal") outputs.push(...(await sealedOutputs(sealer, action.content)));
    else if (action.act === "heartbeat") {
      const positions = new Map([[vectorChannel, sealer.position ?? missing()]]);
      outputs.push({ kind: "heartbeat", bytes: toText(encodePositions(positions)) });
    } else {
      for (let seq = action.fromSeq; seq <= action.toSeq; seq += 1) await sealer.seal(Uint8Array.of(seq));
      const skip = sealer.skip(action.fromSeq, action.toSeq) ?? missing();
      outputs.push({ kind: "skip", bytes: toText(encodeSkip(vectorChannel, skip)) });
    }
  }
  return outputs;
}

/** The contents that a member opens; every key is given to it, as to somebody who joined at the beginning. */
export async function openChannel(
  primitives: Primitives,
  vector: ChannelInputs,
  outputs: readonly ChannelOutput[],
): Promise<readonly string[]> {
  const signer = await primitives.ed25519.signer(SecretBytes.take(toBytes(vector.signingSeed)));
  const member = new JoinedChannels({ primitives, verifier: await primitives.ed25519.verifier(signer.publicKey) });
  await member.join(vectorChannel);
  const contents: string[] = [];
  for (const { kind, goTo, bytes } of outputs) {
    if (kind === "record") {
      const opened = await member.open(toBytes(bytes));
      contents.push(opened?.type === "content" ? toText(opened.content) : "lost");
    } else if (kind === "heartbeat") {
      if ((await member.heartbeat(toBytes(bytes))).length > 0) contents.push("lost");
    } else if (goTo !== "joined") {
      const take = kind === "skip" ? member.skip(toBytes(bytes)) : member.channelKey(toBytes(bytes));
      if ((await take) !== undefined) contents.push("lost");
    }
  }
  return contents;
}

/** Records that differ from the second one of the first channel in one thing each. */
export function channelRefusals(outputs: readonly ChannelOutput[]): readonly ChannelRefusal[] {
  const records = outputs.flatMap(({ kind, bytes }) => (kind === "record" ? [bytes] : []));
  const [first = "", second = ""] = records;
  const fresh = records.at(-1) ?? "";
  const flip = (at: number): string => {
    const bytes = toBytes(second);
    const index = at < 0 ? bytes.length + at : at;
    return toText(bytes.with(index, (bytes[index] ?? 0) ^ 1));
  };
  const record = (name: string, changed: string): ChannelRefusal => ({ name, taken: 2, record: changed });
  return [
    record("another type", flip(0)),
    record("another epoch", flip(1)),
    record("another step", flip(18)),
    record("another seq", flip(26)),
    record("a bit of the ciphertext", flip(27)),
    record("a bit of the tag", flip(-65)),
    record("a bit of the signature", flip(-1)),
    record("the signature of another record", second.slice(0, -128) + first.slice(-128)),
    record("the record before, again", first),
    record("a record of an epoch whose key it does not have", fresh),
  ];
}

async function sealedOutputs(sealer: ChannelSealer, content: string): Promise<readonly ChannelOutput[]> {
  const { record, keys } = await sealer.seal(toBytes(content));
  const sealed: ChannelOutput = { kind: "record", bytes: toText(record) };
  if (keys === undefined) return [sealed];
  const key = toText(encodeChannelKey(vectorChannel, keys.key));
  return [{ kind: "channelKey", goTo: keys.goTo, bytes: key }, sealed];
}

function inputs(name: string, changes: Partial<ChannelInputs>): ChannelInputs {
  return {
    name,
    channel: "room:roomId=tea",
    signingSeed: toText(counting(0x20, 32)),
    random: [0x30, 0x60, 0x90].map((first) => toText(counting(first, 32))),
    limits: { paddedTo: 64, freshAfterRecords: 1_000, freshAfterSteps: 1_000 },
    actions: [],
    ...changes,
  };
}

function seal(content: string): ChannelAction {
  return { act: "seal", content };
}

function missing(): never {
  throw new Error("the vector does not have enough randomness, or asks for what is not there yet");
}
