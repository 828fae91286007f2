import type { Bytes } from "@wardwire/crypto/bytes";
import type { Bundle } from "@wardwire/crypto/keys/bundle";
import { KeyRing } from "@wardwire/crypto/keys/key-ring";
import type { OnlineKey } from "@wardwire/crypto/keys/online-key";
import type { Pin } from "@wardwire/crypto/keys/pin";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import type { Clock, Timer } from "../clock.ts";
import { GatewayError } from "../gateway-error.ts";
import { HistoryDays } from "./history-days.ts";
import { type KeyStore, keyPaths, onlineKeyPath, openSecret } from "./key-store.ts";
import { changesDue, publishNextBundle, rotationSeconds } from "./publication.ts";
import {
  kidText,
  type PublishedBundle,
  readBundle,
  readEarlierBundles,
  readOnlineKey,
  readPins,
  requireTrusted,
} from "./published-bundles.ts";
import type { RunningKeys, ServerKeys } from "./server-keys.ts";

/** Server keys that lie in files, which others may change: the command line, and gateways on the same files. */
export class StoredServerKeys implements ServerKeys {
  readonly ring: KeyRing;
  readonly history: HistoryDays;
  readonly #store: KeyStore;
  #clock: Clock;
  #running: RunningKeys | undefined;
  #state: State | undefined;
  #timer: Timer | undefined;
  #closed = false;
  /** What goes on now; looks never overlap. */
  #looking: Promise<void> = Promise.resolve();
  #lastFailure: string | undefined;
  #delegateToldAtMs = Number.NEGATIVE_INFINITY;

  /** Call {@link look} before it is used. The master key is its own from now on. */
  constructor(store: KeyStore, historyLifetimeMs: number, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    const now = (): number => this.#clock.now();
    this.history = new HistoryDays(store, historyLifetimeMs, now);
    this.ring = new KeyRing({ primitives: nodePrimitives, now, onEvent: (event) => this.#running?.onEvent(event) });
  }

  get bundle(): Bytes {
    return this.#loaded().newest.bytes;
  }

  get origins(): readonly string[] {
    return this.#loaded().newest.bundle.origins;
  }

  get pins(): readonly Pin[] {
    return this.#loaded().pins;
  }

  start(running: RunningKeys): void {
    this.#running = running;
    this.#clock = running.clock;
    this.#lookAfter(0);
  }

  /**
   * Reads what has changed, and publishes the next bundle when it is time and the delegate is there.
   *
   * @throws GatewayError as a rejection; what was there stays in force
   */
  look(): Promise<void> {
    const look = this.#looking.then(() => this.#lookOnce());
    this.#looking = look.catch(() => undefined);
    return look;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.ring.dispose();
    this.history.dispose();
    this.#store.master.dispose();
  }

  #loaded(): State {
    if (this.#state === undefined) throw new GatewayError("closed", "the server keys have not been read");
    return this.#state;
  }

  #lookAfter(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => {
      this.look()
        .then(
          () => this.#tell(undefined),
          (error: unknown) => this.#tell(error),
        )
        .finally(() => {
          if (!this.#closed) this.#lookAfter(this.#store.files.lookEveryMs);
        });
    });
  }

  #tell(error: unknown): void {
    const failure = error === undefined ? undefined : String(error);
    if (failure !== undefined && failure !== this.#lastFailure && !this.#closed) this.#running?.failed(error);
    this.#lastFailure = failure;
  }

  async #lookOnce(): Promise<void> {
    if (this.#state === undefined) await this.#read();
    const failures: unknown[] = [];
    // None keeps the others from going on: history needs its key of tomorrow whatever is wrong with a bundle.
    for (const step of [() => this.#read(), () => this.history.keep(), () => this.#rotate()]) {
      if (!this.#closed) await step().catch((error: unknown) => failures.push(error));
    }
    this.ring.sweep();
    this.#warnOfDelegate();
    if (failures.length > 0) throw failures[0];
  }

  async #read(): Promise<void> {
    const { files } = this.#store;
    const revision = files.revision(keyPaths.bundle);
    if (this.#state !== undefined && revision === this.#state.revision) return this.#readPins(this.#state);
    try {
      await this.#readBundles(revision);
    } catch (error) {
      // Somebody was writing meanwhile: keys of a bundle that has been followed may have been erased.
      if (this.#closed || files.revision(keyPaths.bundle) === revision) throw error;
      await this.#read();
    }
  }

  /** They change without a bundle too: when there is another next identity, and last of all in a takeover. */
  async #readPins(state: State): Promise<void> {
    const { files } = this.#store;
    const pinsRevision = files.revision(keyPaths.pins);
    if (pinsRevision !== state.pinsRevision) this.#state = { ...state, pins: await readPins(files), pinsRevision };
  }

  async #readBundles(revision: string | undefined): Promise<void> {
    const { files } = this.#store;
    const newest = await readBundle(files);
    const pinsRevision = files.revision(keyPaths.pins);
    const pins = await readPins(files);
    const now = this.#nowSeconds();
    await requireTrusted(files.at(keyPaths.bundle), newest, pins, now);
    const inForce = this.#state?.newest.bundle.version ?? 0;
    if (newest.bundle.version < inForce) throw olderBundle(files.at(keyPaths.bundle), newest, inForce);
    if (this.#state === undefined) await this.#tryDelegate();
    for (const earlier of await readEarlierBundles(files, now)) await this.#publishEarlier(earlier, newest);
    // Last, since a ring forgets what its newest bundle revokes when that is published.
    await this.#publish(newest, await this.#newKeys(newest));
    this.#state = { newest, revision, pins, pinsRevision };
  }

  /**
   * A delegate that others can read, or that does not open, is refused at the start and not when the next bundle is due. One that
   * its certificate is not for is not: `keys rotate --delegate` may have been cut off, and the bundle is good for two days.
   */
  async #tryDelegate(): Promise<void> {
    if (this.#hasDelegate) (await openSecret(this.#store, "delegate", keyPaths.delegate)).dispose();
  }

  /** Without it somebody else publishes: `wardwire keys rotate`, elsewhere. */
  get #hasDelegate(): boolean {
    return this.#store.files.revision(keyPaths.delegate) !== undefined;
  }

  /** So that who has fetched a bundle before the last one can go on using it after a restart (HS-1.6). */
  async #publishEarlier(earlier: PublishedBundle, newest: PublishedBundle): Promise<void> {
    const { version } = earlier.bundle;
    if (version >= newest.bundle.version || this.ring.bundleHash(version) !== undefined) return;
    await this.#publish(earlier, await this.#keysThatAreThere(earlier));
  }

  async #publish({ bytes }: PublishedBundle, keys: readonly OnlineKey[]): Promise<void> {
    await this.ring.publish(bytes, keys);
    // Closed meanwhile: the ring has taken keys over that nobody will dispose of.
    if (this.#closed) this.ring.dispose();
  }

  /** The keys of the bundle that the ring has not, every one of which has to be there. */
  async #newKeys(published: PublishedBundle): Promise<readonly OnlineKey[]> {
    const keys = await this.#keysThatAreThere(published);
    const held = new Set([
      ...this.#heldKids(),
      ...(await Promise.all(keys.map(({ publicKey }) => kidText(publicKey)))),
    ]);
    for (const { publicKey } of published.bundle.keys) {
      const kid = await kidText(publicKey);
      if (held.has(kid)) continue;
      for (const { privateKey } of keys) privateKey.dispose();
      const path = this.#store.files.at(onlineKeyPath(kid));
      const advice = `bring it back, or run \`wardwire keys revoke --kid ${kid}\``;
      throw new GatewayError("file-unavailable", `there is no ${path}, which the bundle names: ${advice}`);
    }
    return keys;
  }

  async #keysThatAreThere({ bundle }: PublishedBundle): Promise<readonly OnlineKey[]> {
    const held = this.#heldKids();
    const keys: OnlineKey[] = [];
    try {
      for (const { publicKey } of bundle.keys) {
        if (held.has(await kidText(publicKey))) continue;
        const key = await readOnlineKey(this.#store, publicKey);
        if (key !== undefined) keys.push(key);
      }
      return keys;
    } catch (error) {
      for (const { privateKey } of keys) privateKey.dispose();
      throw error;
    }
  }

  #heldKids(): ReadonlySet<string> {
    return new Set(this.ring.figures().map(({ kid }) => kid));
  }

  /** Publishes the next bundle when it is due, unless somebody else is about to. */
  async #rotate(): Promise<void> {
    const { files } = this.#store;
    const inForce = this.#loaded().newest.bundle;
    if (this.#running === undefined || changesDue(inForce, this.#nowSeconds()) === undefined) return;
    if (!this.#hasDelegate) return requireSuccessor(files.at(keyPaths.bundle), inForce, this.#nowSeconds());
    using lock = files.lock();
    if (lock === undefined) return;
    const { bundle } = await readBundle(files);
    const due = changesDue(bundle, this.#nowSeconds());
    if (due !== undefined) await publishNextBundle(this.#store, due, this.#nowSeconds());
    await this.#read();
  }

  #warnOfDelegate(): void {
    const { notAfter } = this.#loaded().newest.certificate;
    const nowMs = this.#clock.now();
    if (notAfter * 1_000 - nowMs >= delegateWarningMs || nowMs - this.#delegateToldAtMs < dayMs) return;
    if (this.#running === undefined || this.#closed) return;
    this.#delegateToldAtMs = nowMs;
    this.#running.onEvent({ event: "delegate-ending", notAfter });
  }

  #nowSeconds(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }
}

interface State {
  readonly newest: PublishedBundle;
  readonly revision: string | undefined;
  readonly pins: readonly Pin[];
  readonly pinsRevision: string | undefined;
}

const dayMs = 86_400_000;

/** How long before its end the delegate is spoken of. */
const delegateWarningMs: number = 14 * dayMs;

/** Whoever publishes for this gateway is a day late, and for another day nobody is hurt. */
function requireSuccessor(path: string, { notAfter }: Bundle, nowSeconds: number): void {
  if (notAfter - nowSeconds >= rotationSeconds) return;
  const when = new Date(notAfter * 1_000).toISOString();
  const found = `${path}: the key bundle ends at ${when}, and there is no delegate here to sign another`;
  throw new GatewayError("server-keys-expired", `${found}: run \`wardwire keys rotate\` where there is`);
}

function olderBundle(path: string, { bundle }: PublishedBundle, inForce: number): GatewayError {
  const found = `${path} is bundle ${bundle.version}, this gateway has served ${inForce}`;
  return new GatewayError(
    "server-keys-conflict",
    `${found}: clients refuse older ones (KB-3.3); bring the newer one back`,
  );
}
