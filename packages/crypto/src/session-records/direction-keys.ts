import { CryptoError } from "../crypto-error.ts";
import type { AeadAlgorithm, Primitives } from "../primitives/primitives.ts";
import type { Steps } from "../primitives/steps.ts";
import type { SecretBytes } from "../secret-bytes.ts";
import { Generation } from "./generation.ts";

/** The keys of one direction of a session: derived when they are first needed, updated, replaced, and gone at the end. */
export class DirectionKeys {
  readonly #primitives: Primitives;
  readonly #algorithm: AeadAlgorithm;
  #held: Generation | { readonly secret: SecretBytes };
  #ended = false;

  /** @param secret of generation 0; owned from now on */
  constructor(primitives: Primitives, algorithm: AeadAlgorithm, secret: SecretBytes) {
    this.#primitives = primitives;
    this.#algorithm = algorithm;
    this.#held = { secret };
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** The generation in force. @throws CryptoError `disposed` after the end */
  *current(): Steps<Generation> {
    if (this.#ended) throw hasEnded();
    if (this.#held instanceof Generation) return this.#held;
    return this.#hold(yield* Generation.derive(this.#primitives, this.#algorithm, this.#held.secret, 0));
  }

  /** Goes on to the next generation (SR-4.1). @throws CryptoError `disposed` after the end */
  *update(): Steps<Generation> {
    const generation = yield* this.current();
    return this.#hold(yield* generation.update(this.#primitives, this.#algorithm));
  }

  /** Begins anew with generation 0 of a fresh secret, which is owned from now on (SR-5.2). */
  replace(secret: SecretBytes): void {
    this.#drop();
    this.#held = { secret };
  }

  dispose(): void {
    this.#ended = true;
    this.#drop();
  }

  #drop(): void {
    if (this.#held instanceof Generation) this.#held.dispose();
    else this.#held.secret.dispose();
  }

  /** Takes over keys, unless the end came while they were derived: then nobody keeps them. */
  #hold(generation: Generation): Generation {
    if (this.#ended) {
      generation.dispose();
      throw hasEnded();
    }
    this.#held = generation;
    return generation;
  }
}

/** What is thrown at whoever goes on behind the end. */
export function hasEnded(): CryptoError {
  return new CryptoError("disposed", "this direction of the session has ended; nothing follows");
}
