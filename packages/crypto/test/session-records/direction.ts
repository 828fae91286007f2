import { nodePrimitives } from "../../src/primitives/node.ts";
import type { AeadAlgorithm, Primitives } from "../../src/primitives/primitives.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import type { OpeningLimits, SealingLimits } from "../../src/session-records/record-limits.ts";
import { RecordOpener } from "../../src/session-records/record-opener.ts";
import { RecordSealer } from "../../src/session-records/record-sealer.ts";
import type { Side } from "../../src/session-records/record-types.ts";

/** A clock that a test moves. */
export class TestTime {
  nowMs = 0;
  readonly now = (): number => this.nowMs;
}

/** How the two ends of a direction are made; both from the same secret unless told otherwise. */
export interface DirectionOptions {
  readonly primitives?: Primitives;
  readonly algorithm?: AeadAlgorithm;
  readonly side?: Side;
  readonly secretByte?: number;
  readonly sealing?: Partial<SealingLimits>;
  readonly opening?: Partial<OpeningLimits>;
}

/** A secret of 32 equal bytes. */
export function secretOf(byte: number): SecretBytes {
  return SecretBytes.take(new Uint8Array(32).fill(byte));
}

/** Both ends of one direction of a session. */
export function makeDirection(options: DirectionOptions = {}) {
  const { primitives = nodePrimitives, algorithm = "aes-256-gcm", side = "client", secretByte = 7 } = options;
  const time = new TestTime();
  const common = { primitives, algorithm, now: time.now };
  const sealer = new RecordSealer({
    ...common,
    side,
    secret: secretOf(secretByte),
    ...(options.sealing && { limits: options.sealing }),
  });
  const opener = new RecordOpener({
    ...common,
    from: side,
    secret: secretOf(secretByte),
    ...(options.opening && { limits: options.opening }),
  });
  return { sealer, opener, time };
}

/** The only record of a value that fits into one. */
export async function sealOne(
  sealer: RecordSealer,
  content: Uint8Array = Uint8Array.of(1, 2, 3),
): Promise<Uint8Array<ArrayBuffer>> {
  const records = await sealer.seal("data", content);
  const [record] = records;
  if (record === undefined || records.length !== 1) throw new Error(`expected one record, got ${records.length}`);
  return record;
}
