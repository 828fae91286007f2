import type { AeadAlgorithm, Primitives } from "../../src/primitives/primitives.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import { type OpenedRecord, RecordOpener } from "../../src/session-records/record-opener.ts";
import { RecordSealer } from "../../src/session-records/record-sealer.ts";
import type { Side } from "../../src/session-records/record-types.ts";
import { counting, toBytes, toText } from "./hex.ts";

/** What one direction of a session seals, in `spec/vectors/session-records.json`; bytes are hexadecimal. */
export interface SessionInputs {
  readonly name: string;
  readonly algorithm: AeadAlgorithm;
  readonly side: Side;
  /** The secret of the direction, generation 0. */
  readonly traffic: string;
  readonly limits: SessionVectorLimits;
  readonly actions: readonly SessionAction[];
}

/** Limits that show in the bytes. */
export interface SessionVectorLimits {
  readonly paddedTo: number;
  readonly maxPlaintextBytes: number;
  readonly updateAfterRecords: number;
}

/** One thing that is sealed. */
export type SessionAction =
  | { readonly act: "seal"; readonly type: "auth" | "authOk" | "data" | "heartbeat"; readonly content: string }
  | { readonly act: "close"; readonly code: number; readonly reason: string }
  | { readonly act: "switch"; readonly traffic: string };

/** A record that is not to be opened, after so many of the direction's own. */
export interface SessionRefusal {
  readonly name: string;
  readonly opened: number;
  readonly record: string;
}

/** The directions of the file. */
export const sessionInputs: readonly SessionInputs[] = [
  inputs("the example of the specification", {
    actions: [...Array.from({ length: 5 }, () => seal("00")), seal("a1647479706564706f6e67")],
  }),
  inputs("chunks, an update and the end", {
    side: "gateway",
    limits: { paddedTo: 1, maxPlaintextBytes: 66, updateAfterRecords: 4 },
    actions: [
      seal(toText(counting(0, 200))),
      seal("", "heartbeat"),
      seal(toText(counting(1, 64))),
      seal(toText(counting(2, 65)), "authOk"),
      { act: "close", code: 4401, reason: "the token has expired" },
    ],
  }),
  inputs("ChaCha20-Poly1305, and fresh keys", {
    algorithm: "chacha20-poly1305",
    actions: [seal("0102"), { act: "switch", traffic: toText(counting(0x77, 32)) }, seal("03"), seal("", "auth")],
  }),
  inputs("a record as large as its limit, and one that does not fit", {
    limits: { paddedTo: 64, maxPlaintextBytes: 1_000, updateAfterRecords: 1_024 },
    actions: [seal("5a".repeat(998)), seal("5a".repeat(999))],
  }),
];

/** All records of a direction, in order. */
export async function sealSession(primitives: Primitives, vector: SessionInputs): Promise<readonly string[]> {
  const { algorithm, side, traffic, limits, actions } = vector;
  const sealer = new RecordSealer({ primitives, algorithm, side, secret: secretOf(traffic), now: () => 0, limits });
  const records: string[] = [];
  for (const action of actions) {
    if (action.act === "seal") records.push(...(await sealer.seal(action.type, toBytes(action.content))).map(toText));
    else if (action.act === "close") records.push(...(await sealer.close(action.code, action.reason)).map(toText));
    else records.push(...(await sealer.switchTo(secretOf(action.traffic))).map(toText));
  }
  return records;
}

/** What an opener makes of records: the actions that were sealed. */
export async function openSession(
  primitives: Primitives,
  vector: SessionInputs,
  records: readonly string[],
): Promise<readonly SessionAction[]> {
  const { algorithm, side, traffic, actions } = vector;
  // The clock runs, since updates that come too fast are fatal.
  let nowMs = 0;
  const now = (): number => (nowMs += 10_000);
  const opener = new RecordOpener({ primitives, algorithm, from: side, secret: secretOf(traffic), now });
  const switches = actions.flatMap((action) => (action.act === "switch" ? [action.traffic] : []));
  const opened: SessionAction[] = [];
  for (const record of records) {
    const [next] = switches;
    if (next !== undefined) opener.expectSwitch(secretOf(next));
    const result = await opener.open(toBytes(record));
    if (result !== undefined) opened.push(actionOf(result, () => switches.shift() ?? ""));
  }
  return opened;
}

/** Records that differ from the second one of the first direction in one thing each. */
export function sessionRefusals([first = "", second = "", third = ""]: readonly string[]): readonly SessionRefusal[] {
  const flip = (at: number): string => {
    const bytes = toBytes(second);
    const index = at < 0 ? bytes.length + at : at;
    return toText(bytes.with(index, (bytes[index] ?? 0) ^ 1));
  };
  const record = (name: string, changed: string): SessionRefusal => ({ name, opened: 1, record: changed });
  return [
    record("another type", flip(0)),
    record("the flag END taken away", flip(1)),
    record("another generation", flip(5)),
    record("another seq", flip(13)),
    record("a bit of the ciphertext", flip(14)),
    record("a bit of the tag", flip(-1)),
    record("a byte less", second.slice(0, -2)),
    record("the record before, again", first),
    record("the record after", third),
  ];
}

function actionOf(opened: OpenedRecord, traffic: () => string): SessionAction {
  if (opened.type === "close") return { act: "close", code: opened.code, reason: opened.reason };
  if (opened.type === "switch") return { act: "switch", traffic: traffic() };
  const { type, content } = opened as OpenedRecord & { readonly type: "data"; readonly content: Uint8Array };
  return { act: "seal", type, content: toText(content) };
}

function inputs(name: string, changes: Partial<SessionInputs>): SessionInputs {
  return {
    name,
    algorithm: "aes-256-gcm",
    side: "client",
    traffic: toText(counting(0x10, 32)),
    limits: { paddedTo: 64, maxPlaintextBytes: 61_440, updateAfterRecords: 1_024 },
    actions: [],
    ...changes,
  };
}

function seal(content: string, type: "auth" | "authOk" | "data" | "heartbeat" = "data"): SessionAction {
  return { act: "seal", type, content };
}

function secretOf(text: string): SecretBytes {
  return SecretBytes.take(toBytes(text));
}
