import type { HistoryPlace } from "../../src/history/history-item.ts";
import { HistoryKeys, historyKek } from "../../src/history/history-keys.ts";
import { HistoryReader } from "../../src/history/history-reader.ts";
import { HistoryWriter, type SealedHistoryItem } from "../../src/history/history-writer.ts";
import type { Primitives } from "../../src/primitives/primitives.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import { counting, toBytes, toText } from "./hex.ts";

/** What one process stores, in `spec/vectors/history-items.json`; bytes are hexadecimal. */
export interface HistoryInputs {
  readonly name: string;
  readonly kek: string;
  /** The writer's ids, of which it takes the next one at `renew`. */
  readonly writerIds: readonly string[];
  readonly actions: readonly HistoryAction[];
}

/** An item, which comes after the one before it of its place; or another writerId. */
export type HistoryAction =
  | { readonly act: "seal"; readonly place: HistoryPlace; readonly content: string }
  | { readonly act: "renew" };

/** What is stored. */
export interface HistoryOutputs {
  readonly kekId: string;
  readonly items: readonly string[];
}

/** A stream that the engine has tampered with: whose reading breaks after so many items. */
export interface HistoryRefusal {
  readonly name: string;
  readonly place: HistoryPlace;
  readonly items: readonly string[];
  readonly readable: number;
}

const tea: HistoryPlace = { tenant: "acme", channel: "room:roomId=tea", stream: "s1" };
const coffee: HistoryPlace = { tenant: "acme", channel: "room:roomId=kaffee ☕", stream: "s2" };

/** The writers of the file. A content's first byte is its message's id. */
export const historyInputs: readonly HistoryInputs[] = [
  inputs("one stream", [seal(tea, "01"), seal(tea, "02a1647479706564706f6e67"), seal(tea, "03"), seal(tea, "04")]),
  inputs("two channels, and another writer id", [
    seal(tea, "01"),
    seal(coffee, "02"),
    seal(tea, "03"),
    { act: "renew" },
    seal(tea, "04"),
    seal(coffee, "05"),
    seal(coffee, "06"),
  ]),
];

/** The items of a writer, in order. */
export async function sealHistory(primitives: Primitives, vector: HistoryInputs): Promise<HistoryOutputs> {
  const ids = vector.writerIds.map(toBytes);
  const drawn: Primitives = { ...primitives, randomBytes: () => ids.shift() ?? new Uint8Array(0) };
  const writer = new HistoryWriter({ primitives: drawn });
  const kek = await historyKek(primitives, SecretBytes.take(toBytes(vector.kek)));
  const last = new Map<string, SealedHistoryItem>();
  const items: string[] = [];
  for (const action of vector.actions) {
    if (action.act === "renew") await writer.renew();
    else {
      const { place, content } = action;
      const name = JSON.stringify(place);
      const item = await writer.seal({ kek, place, after: last.get(name), content: toBytes(content) });
      last.set(name, item);
      items.push(toText(item.bytes));
    }
  }
  return { kekId: toText(kek.id), items };
}

/** The contents that can be read of a stream's items, up to where its chain breaks. */
export async function readHistory(
  primitives: Primitives,
  { kek: kekText }: Pick<HistoryInputs, "kek">,
  place: HistoryPlace,
  items: readonly string[],
): Promise<readonly string[]> {
  const kek = await historyKek(primitives, SecretBytes.take(toBytes(kekText)));
  const kekOf = (id: Uint8Array) => (toText(id) === toText(kek.id) ? kek : undefined);
  const messageIdOf = (content: Uint8Array): string => String(content[0]);
  const reader = new HistoryReader({ primitives, keys: new HistoryKeys(primitives, 8), place, kekOf, messageIdOf });
  const contents: string[] = [];
  for (const item of items) {
    const content = await reader.next(toBytes(item));
    if (content !== undefined) contents.push(toText(content));
  }
  return contents;
}

/** What an engine may do to the first stream. */
export function historyRefusals({ items }: HistoryOutputs): readonly HistoryRefusal[] {
  const [a = "", b = "", c = "", d = ""] = items;
  const flip = (at: number): string => {
    const bytes = toBytes(c);
    const index = at < 0 ? bytes.length + at : at;
    return toText(bytes.with(index, (bytes[index] ?? 0) ^ 1));
  };
  const tampered = (name: string, stored: readonly string[], readable: number): HistoryRefusal => ({
    name,
    place: tea,
    items: stored,
    readable,
  });
  return [
    tampered("reordered", [a, c, b, d], 1),
    tampered("an item deleted", [a, b, d], 2),
    tampered("an item twice", [a, b, b, c], 2),
    tampered("another kek id", [a, b, flip(1), d], 2),
    tampered("another writer id", [a, b, flip(9), d], 2),
    tampered("another writerSeq", [a, b, flip(32), d], 2),
    tampered("a bit of the ciphertext", [a, b, flip(41), d], 2),
    tampered("a bit of the tag", [a, b, flip(-1), d], 2),
    { name: "another channel's", place: coffee, items: [a, b], readable: 0 },
    { name: "another stream's", place: { ...tea, stream: "s3" }, items: [a, b], readable: 0 },
    {
      name: "texts that only join to the same bytes",
      place: { ...tea, tenant: "acmer", channel: "oom:roomId=tea" },
      items: [a],
      readable: 0,
    },
  ];
}

function inputs(name: string, actions: readonly HistoryAction[]): HistoryInputs {
  const writerIds = [0xa0, 0xc0].map((first) => toText(counting(first, 16)));
  return { name, kek: toText(counting(0x80, 32)), writerIds, actions };
}

function seal(place: HistoryPlace, content: string): HistoryAction {
  return { act: "seal", place, content };
}
