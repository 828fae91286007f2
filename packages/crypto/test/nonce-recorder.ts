import { nodePrimitives } from "../src/primitives/node.ts";
import type { Primitives } from "../src/primitives/primitives.ts";

/** A backend that remembers under which key which nonce was used to seal, whoever it is that seals. */
export class NonceRecorder {
  readonly #used = new Set<string>();
  readonly #repeated: string[] = [];
  readonly #randomBytes: Primitives["randomBytes"];

  /** @param randomBytes where randomness comes from; the operating system's unless a test wants it to repeat itself */
  constructor(randomBytes: Primitives["randomBytes"] = nodePrimitives.randomBytes) {
    this.#randomBytes = randomBytes;
  }

  /** The backend; all processes of a test share it, so that a pair used by two of them shows too. */
  get primitives(): Primitives<"sync"> {
    return {
      ...nodePrimitives,
      randomBytes: this.#randomBytes,
      importAead: (algorithm, secret) => {
        const key = nodePrimitives.importAead(algorithm, secret);
        // The key itself is its name here: two derivations of one key must count as one.
        const name = secret.use((bytes) => Buffer.from(bytes).toString("hex"));
        return {
          ...key,
          seal: (nonce, associatedData, plaintext) => {
            this.#note(`${algorithm} ${name} ${Buffer.from(nonce).toString("hex")}`);
            return key.seal(nonce, associatedData, plaintext);
          },
        };
      },
    };
  }

  /** Pairs that were used more than once. */
  get repeated(): readonly string[] {
    return this.#repeated;
  }

  /** How many pairs were used. */
  get count(): number {
    return this.#used.size;
  }

  #note(pair: string): void {
    if (this.#used.has(pair)) this.#repeated.push(pair);
    this.#used.add(pair);
  }
}
