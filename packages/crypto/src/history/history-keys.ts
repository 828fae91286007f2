import { type Bytes, concatBytes, mapKeyOf, utf8 } from "../bytes.ts";
import { expandLabel } from "../expand-label.ts";
import { DerivedKeys } from "../keys/derived-keys.ts";
import { labels } from "../labels.ts";
import type { Outcome, Timing } from "../primitives/outcome.ts";
import { type AeadKey, aeadBytes, type Primitives } from "../primitives/primitives.ts";
import { inSteps, type Steps, step } from "../primitives/steps.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import { historyBytes } from "./history-item.ts";

/** The random key of a day under which history is kept, outside the engine (HR-3). */
export interface HistoryKek {
  /** 8 bytes, which items name it by. */
  readonly id: Bytes;
  /** Whoever made the KEK disposes of it, when the longest life of history and a day have passed. */
  readonly secret: SecretBytes;
}

/** The KEK of 32 random bytes, which the result owns from now on. */
export function historyKek<When extends Timing>(
  primitives: Primitives<When>,
  secret: SecretBytes,
): Outcome<When, HistoryKek> {
  return inSteps(deriveKek(primitives as Primitives, secret));
}

function* deriveKek(primitives: Primitives, secret: SecretBytes): Steps<HistoryKek> {
  const id = yield* step(expandLabel(primitives, secret, labels.historyKek, noContext, historyBytes.kekId));
  const bytes = id.use((value) => value.slice());
  id.dispose();
  return { id: bytes, secret };
}

/** The keys of writers, each for one channel under one KEK; the last ones used are kept. */
export class HistoryKeys {
  readonly #primitives: Primitives;
  readonly #derived: DerivedKeys<AeadKey>;

  /** @param capacity how many keys are kept at most */
  constructor(primitives: Primitives, capacity: number) {
    this.#primitives = primitives;
    this.#derived = new DerivedKeys(capacity);
  }

  /** The key of a writer for a channel; use it at once. */
  *key(kek: HistoryKek, channel: string, writerId: Uint8Array): Steps<AeadKey> {
    const name = `${mapKeyOf(kek.id)}${mapKeyOf(writerId)}${channel}`;
    const known = this.#derived.get(name);
    if (known !== undefined) return known;
    const channelHash = yield* step(this.#primitives.sha256(utf8(channel)));
    const context = concatBytes(channelHash, writerId);
    const secret = yield* step(expandLabel(this.#primitives, kek.secret, labels.historyKey, context, aeadBytes.key));
    const key = yield* step(this.#primitives.importAead("aes-256-gcm", secret));
    secret.dispose();
    this.#derived.put(name, key);
    return key;
  }

  /** Lets go of all keys. */
  dispose(): void {
    this.#derived.dispose();
  }
}

const noContext = new Uint8Array(0);
