/** The types of session records by their byte (session-records.md §2). */
export const recordTypes = {
  auth: 0x10,
  authOk: 0x11,
  data: 0x12,
  keyUpdate: 0x13,
  close: 0x14,
  heartbeat: 0x15,
  channelKey: 0x16,
  skip: 0x17,
  rehandshake: 0x18,
  switch: 0x19,
} as const;

/** One of {@link recordTypes}. */
export type RecordType = keyof typeof recordTypes;

/** Who seals: the type of a record tells in which direction it goes. */
export type Side = "client" | "gateway";

/** The types each side seals. */
export const typesOf: { readonly [S in Side]: ReadonlySet<RecordType> } = {
  client: new Set(["auth", "data", "keyUpdate", "close", "heartbeat", "rehandshake", "switch"]),
  gateway: new Set([
    "authOk",
    "data",
    "keyUpdate",
    "close",
    "heartbeat",
    "channelKey",
    "skip",
    "rehandshake",
    "switch",
  ]),
};

/** The types whose content may come in several records (SR-1.2). */
export const chunkedTypes: ReadonlySet<RecordType> = new Set(["auth", "authOk", "data"]);

const byByte: ReadonlyMap<number, RecordType> = new Map(
  Object.entries(recordTypes).map(([type, byte]) => [byte, type as RecordType]),
);

/** The type of a byte; undefined for a byte that is none. */
export function recordTypeOf(byte: number): RecordType | undefined {
  return byByte.get(byte);
}
