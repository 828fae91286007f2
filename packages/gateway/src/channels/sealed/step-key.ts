import type { Bytes } from "@wardwire/crypto/bytes";
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";

/** A period of a channel's key, as members are told of it. One object an epoch. */
export interface Epoch {
  readonly id: Bytes;
  /** How many records the epoch before had in the end (RK-5.3). */
  readonly previousSeq: number;
}

/**
 * E of a step, for as long as a member may have to be told it: the channel holds it while it is in force, and every backlog
 * that has a record of it. Whoever lets go last disposes of it.
 */
export class StepKey {
  readonly epoch: Epoch;
  readonly step: number;
  readonly #secret: SecretBytes;
  #holders = 1;

  /** @param secret is the key's from now on, which whoever makes it holds */
  constructor(epoch: Epoch, step: number, secret: SecretBytes) {
    this.epoch = epoch;
    this.step = step;
    this.#secret = secret;
  }

  /** E of the step; stays the key's. */
  get secret(): SecretBytes {
    return this.#secret;
  }

  /** Keeps the secret until one more `release`. */
  hold(): void {
    this.#holders += 1;
  }

  /** Lets go of it. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#secret.dispose();
  }
}
