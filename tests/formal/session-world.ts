import type { Primitives } from "@wardwire/crypto/primitives";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { updateSpacing } from "@wardwire/crypto/session-records/record-limits";
import type { RecordOpener } from "@wardwire/crypto/session-records/record-opener";
import type { RecordSealer } from "@wardwire/crypto/session-records/record-sealer";
import { NonceRecorder } from "../../packages/crypto/test/nonce-recorder.ts";
import { secretOf, TestTime } from "../../packages/crypto/test/session-records/direction.ts";
import { hold, type Step, type World } from "./explorer.ts";
import { rememberedPrimitives } from "./remembered-primitives.ts";
import type { ImportCrypto } from "./weakened.ts";

/** The two ends of a direction, as they are or with a rule taken away. */
export interface SessionParts {
  readonly RecordSealer: typeof RecordSealer;
  readonly RecordOpener: typeof RecordOpener;
}

/** Imports both ends from one copy of the sources. */
export async function sessionParts(importCrypto: ImportCrypto): Promise<SessionParts> {
  const { RecordSealer } = await importCrypto<SessionParts>("session-records/record-sealer");
  const { RecordOpener } = await importCrypto<SessionParts>("session-records/record-opener");
  return { RecordSealer, RecordOpener };
}

/** Which secret each sealer starts from, as a number; controls give one secret two uses. */
export interface SessionSecrets {
  readonly there: number;
  /** Of the other direction. */
  readonly back: number;
  /** Of another session. */
  readonly elsewhere: number;
}

/** As the key schedule gives them: all different (SR-0.2). */
export const differentSecrets: SessionSecrets = { there: 1, back: 2, elsewhere: 3 };

/** Gives the same {@link SessionWorld} whenever it is called. */
export function sessionModel(parts: SessionParts, secrets: SessionSecrets = differentSecrets): () => World {
  const strays = (["back", "elsewhere"] as const).flatMap((from) => {
    const sealer = new parts.RecordSealer({ ...sealerOptions, secret: secretOf(secrets[from]) });
    return [0, 1].flatMap((number) =>
      sealer.seal("data", Uint8Array.of(99, number)).map((bytes) => [`record ${number} of ${from}`, bytes] as const),
    );
  });
  const primitives = rememberedPrimitives();
  return () => new SessionWorld({ parts, secret: secrets.there, strays, primitives });
}

interface SessionModel {
  readonly parts: SessionParts;
  readonly secret: number;
  /** Records that were not sealed for this end. */
  readonly strays: readonly NamedRecord[];
  readonly primitives: Primitives<"sync">;
}

type NamedRecord = readonly [name: string, bytes: Uint8Array];

interface SealedRecord {
  readonly bytes: Uint8Array;
  /** What the opener must make of it. */
  readonly gives: "key update" | "close" | "switch" | `data ${number}`;
  readonly atMs: number;
}

/**
 * One direction of a sealed session, and an attacker who has the network: every record sealed in it, in the other direction
 * and in another session can be brought to the opener at any time, again, or never, and with its header changed. Keys are
 * updated, switched to those of a fresh handshake, and the direction is closed while that goes on.
 *
 * Holds: the opener takes a record exactly if it is the next one sealed for it, and gives what was sealed; after anything
 * else it takes nothing (SR-1.3, SR-1.4, SR-3.1, SR-4.1, SR-5.2); no nonce comes twice under a key (SR-0.2). The opener's
 * clock runs so fast that no update is too soon: SR-4.3 is not part of the model.
 */
class SessionWorld implements World {
  readonly #model: SessionModel;
  readonly #sealer: RecordSealer<"sync">;
  readonly #sealed: SealedRecord[] = [];
  readonly #nonces = new NonceRecorder();
  readonly #time = new TestTime();
  /** How many of the sealed records the opener has taken. */
  #accepted = 0;
  /** Whether both ends have the secrets of a fresh handshake. */
  #isFresh = false;
  #hasFailed = false;

  constructor(model: SessionModel) {
    this.#model = model;
    this.#sealer = new model.parts.RecordSealer({
      ...sealerOptions,
      primitives: { ...this.#nonces.primitives, hkdfExpand: model.primitives.hkdfExpand },
      secret: secretOf(model.secret),
      now: this.#time.now,
    });
  }

  get state(): string {
    if (this.#hasFailed) return "failed";
    const sealed = this.#sealed.map(({ gives, atMs }) => `${gives} at ${atMs}`);
    return `${this.#accepted} of ${sealed}; ${this.#isFresh}; ${this.#time.nowMs}`;
  }

  steps(): readonly Step[] {
    if (this.#hasFailed) return [];
    const steps: Step[] = [{ name: "anything but the next record comes", take: () => this.#bringAnythingElse() }];
    const next = this.#sealed[this.#accepted];
    if (next !== undefined) steps.push({ name: "the next record comes", take: () => this.#bring(next) });
    if (this.#time.nowMs < 2 * keysLastMs) steps.push({ name: "keys grow old", take: () => this.#growOld() });
    if (!this.#isFresh) steps.push({ name: "a fresh handshake is done", take: () => this.#freshen() });
    if (this.#has("close")) return steps;
    steps.push({ name: "data is sealed", take: () => this.#seal("data") });
    steps.push({ name: "CLOSE is sealed", take: () => this.#seal("close") });
    if (this.#isFresh && !this.#has("switch"))
      steps.push({ name: "SWITCH is sealed", take: () => this.#seal("switch") });
    return steps;
  }

  #has(what: "close" | "switch"): boolean {
    return this.#sealed.some(({ gives }) => gives === what);
  }

  #growOld(): void {
    this.#time.nowMs += keysLastMs;
  }

  #freshen(): void {
    this.#isFresh = true;
  }

  #seal(what: "data" | "close" | "switch"): void {
    const number = this.#sealed.length;
    const gives = what === "data" ? (`data ${number}` as const) : what;
    const atMs = this.#time.nowMs;
    const records = this.#recordsOf(what, number);
    for (const bytes of records.slice(0, -1)) this.#sealed.push({ bytes, gives: "key update", atMs });
    this.#sealed.push({ bytes: records.at(-1) as Uint8Array, gives, atMs });
    hold(this.#nonces.repeated.length === 0, "a nonce was used twice under one key");
    const isOver = what !== "close" || resultOf(() => this.#sealer.seal("data", new Uint8Array(0))) === "refused";
    hold(isOver, "a record was sealed behind CLOSE");
  }

  #recordsOf(what: "data" | "close" | "switch", number: number): readonly Uint8Array[] {
    if (what === "data") return this.#sealer.seal("data", Uint8Array.of(number));
    return what === "close" ? this.#sealer.close(4000, "bye") : this.#sealer.switchTo(secretOf(freshSecret));
  }

  #bring(next: SealedRecord): void {
    const opener = this.#makeOpener();
    const opened = openedBy(opener, next.bytes);
    hold(opened === next.gives, `the next record gave "${opened}", expected "${next.gives}"`);
    hold(opener.isClosed === (opened === "close"), "the opener is wrong about having been closed");
    this.#accepted += 1;
  }

  /** One thing after another, each to an opener of its own. */
  #bringAnythingElse(): void {
    const next = this.#sealed[this.#accepted];
    for (const [name, bytes] of this.#everythingBut(next)) {
      const opener = this.#makeOpener();
      const opened = openedBy(opener, bytes);
      hold(opened === "refused", `${name} was taken, which is not the next one: it gave "${opened}"`);
      const isOver = next === undefined || openedBy(opener, next.bytes) === "refused";
      hold(isOver, `the next record was taken after ${name} was refused`);
    }
    this.#hasFailed = true;
  }

  #everythingBut(next: SealedRecord | undefined): readonly NamedRecord[] {
    const own = this.#sealed.map(({ bytes }, index) => [`record ${index}`, bytes] as const);
    const others = [...own.filter(([, bytes]) => bytes !== next?.bytes), ...this.#model.strays];
    if (next === undefined) return others;
    return [
      ...others,
      ...headerFields.map((at) => [`the next with byte ${at} changed`, flip(next.bytes, at)] as const),
    ];
  }

  /** An opener that has taken what has been accepted so far. */
  #makeOpener(): RecordOpener<"sync"> {
    const { parts, primitives, secret } = this.#model;
    let taken = 0;
    const opener = new parts.RecordOpener({
      primitives,
      algorithm: "aes-256-gcm",
      from: "client",
      secret: secretOf(secret),
      now: () => taken * updateSpacing.ms,
    });
    if (this.#isFresh) opener.expectSwitch(secretOf(freshSecret));
    for (const { bytes } of this.#sealed.slice(0, this.#accepted)) {
      opener.open(bytes);
      taken += 1;
    }
    return opener;
  }
}

const keysLastMs = 10_000;
const freshSecret = 11;

/** One byte of each field of a header: type, flags, generation, seq. */
const headerFields = [0, 1, 5, 13];

/** The types that both sides seal are all the model needs, so that one side stands for both. */
const sealerOptions = {
  primitives: nodePrimitives,
  algorithm: "aes-256-gcm",
  side: "client",
  now: () => 0,
  limits: { updateAfterMs: keysLastMs },
} as const;

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, (bytes[at] as number) ^ 1);
}

function openedBy(opener: RecordOpener<"sync">, bytes: Uint8Array): string {
  return resultOf(() => {
    const opened = opener.open(bytes);
    if (opened === undefined) return "key update";
    return opened.type === "data" ? `data ${opened.content}` : opened.type;
  });
}

/** What a piece of work gives; `refused` for the one error of a session, and for one that has ended. */
function resultOf<Result>(work: () => Result): Result | "refused" {
  try {
    return work();
  } catch (error) {
    // By its code alone: a weakened copy of the sources has an error class of its own.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "session" || code === "disposed") return "refused";
    throw error;
  }
}
