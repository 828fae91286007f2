import { randomUUID } from "node:crypto";
import type { RevocationEntry, Revocations } from "@wardwire/cluster/revocations";
import type { Identity } from "../auth/identity.ts";
import type { Clock } from "../clock.ts";
import type { Connection } from "../connection/connection.ts";
import type { ConnectionDirectory } from "../connection/directory.ts";
import { inSlices } from "../connection/in-slices.ts";
import { hearNoMore } from "../dispatch/on-leave.ts";
import type { Observe } from "../observe/events.ts";
import { decodeRevocation, encodeRevocation, type Revocation } from "./revocation.ts";
import { RevocationIndex } from "./revocation-index.ts";
import { checkTarget, type RevocationSubject, type RevocationTarget, reaches } from "./target.ts";

/** What revoking works on. */
export interface GatewayRevocationsOptions {
  readonly engine: Revocations;
  readonly connections: ConnectionDirectory;
  readonly clock: Clock;
  readonly observe: Observe;
  /** How long a revocation is kept at least. */
  readonly keptMs: number;
}

/** The revocations of the whole cluster as this process knows them, and their effect on its connections (R40). */
export class GatewayRevocations {
  readonly #id = randomUUID();
  readonly #options: GatewayRevocationsOptions;
  readonly #index: RevocationIndex;
  /** The end of the credential that lives longest among those seen: until then a revocation can matter. */
  #latestExpiryMs = 0;
  #isLoaded = false;
  #loading: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;
  #isClosed = false;
  /** Where to read on from. */
  #watermark = 0;
  /** Revocations whose connections are being looked for. */
  readonly #applying = new Set<Promise<number>>();

  constructor(options: GatewayRevocationsOptions) {
    this.#options = options;
    this.#index = new RevocationIndex(() => options.clock.monotonic());
    // Whoever is to be admitted asks again, and fails then.
    this.#load().catch(() => undefined);
  }

  /**
   * Resolves once what has been revoked so far is known; nobody is admitted before. Undefined when it is.
   *
   * @throws ClusterError as a rejection when the engine does not answer; the next call asks it again.
   */
  ready(): Promise<void> | undefined {
    return this.#isLoaded ? undefined : this.#load();
  }

  /** Whether a credential that has been verified is refused all the same. */
  isRevoked(identity: Identity, device: string | undefined = identity.deviceId): boolean {
    this.#latestExpiryMs = Math.max(this.#latestExpiryMs, identity.expiresAt);
    return this.#index.isRevoked({ identity, device });
  }

  /**
   * Revokes: closes the connections of this process it reaches and refuses new ones at once, then tells the cluster.
   *
   * @returns how many connections of this process it closed.
   * @throws GatewayError `invalid-options`; ClusterError when the engine does not answer. What was revoked here stays so.
   */
  async revoke(target: RevocationTarget): Promise<{ readonly closed: number }> {
    checkTarget(target);
    const nowMs = this.#options.clock.now();
    const untilMs = Math.max(nowMs + this.#options.keptMs, this.#latestExpiryMs);
    const revocation = { target, untilMs, by: this.#id };
    const closing = this.#apply(revocation);
    await this.#options.engine.append(encodeRevocation(revocation), untilMs - nowMs);
    return { closed: await closing };
  }

  /**
   * Reads what has been revoked since it was read last. Resolves once every connection that is reached, by what was heard of
   * before too, is out of its channels.
   *
   * @throws ClusterError as a rejection when the engine does not answer
   */
  async read(): Promise<void> {
    if (!this.#isLoaded) await this.#load();
    else await this.#readOn();
    await Promise.all(this.#applying);
  }

  /** Hears no more of the cluster. */
  close(): void {
    this.#isClosed = true;
    this.#unsubscribe?.();
  }

  #load(): Promise<void> {
    this.#loading ??= this.#subscribe().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #subscribe(): Promise<void> {
    const { engine } = this.#options;
    this.#unsubscribe ??= (await engine.subscribe((entry) => this.#hear(entry))).unsubscribe;
    // It may have been closed before it had anything to unsubscribe from.
    if (this.#isClosed) this.#unsubscribe();
    await this.#readFrom(0);
    this.#isLoaded = true;
  }

  async #readOn(): Promise<void> {
    const since = this.#watermark;
    await this.#readFrom(since);
    // An engine that has lost its store counts from 1 again.
    if (this.#watermark < since) await this.#readFrom(0);
  }

  async #readFrom(since: number): Promise<void> {
    const { entries, watermark } = await this.#options.engine.read(since);
    for (const entry of entries) this.#hear(entry);
    this.#watermark = watermark;
  }

  #hear({ bytes }: RevocationEntry): void {
    const revocation = decodeRevocation(bytes);
    if (revocation === undefined) {
      const error = new Error("an entry of the revocations cannot be read: is another version of wardwire running?");
      this.#options.observe({ event: "failure", where: "revocations", error });
      return;
    }
    // What this process revoked itself comes back to it.
    if (revocation.by !== this.#id) void this.#apply(revocation);
  }

  #apply(revocation: Revocation): Promise<number> {
    const applying = this.#closeReached(revocation).finally(() => this.#applying.delete(applying));
    this.#applying.add(applying);
    return applying;
  }

  async #closeReached({ target, untilMs }: Revocation): Promise<number> {
    const { clock, connections, observe } = this.#options;
    const keptMs = untilMs - clock.now();
    if (keptMs <= 0 || !this.#index.add(target, keptMs)) return 0;
    const reached: Connection[] = [];
    // None of them hears of the others' leaving, which would cost a write for each pair of them.
    await inSlices(
      target.user === undefined ? connections.all : connections.ofUser(target.user),
      clock,
      (connection) => {
        const subject = subjectOf(connection);
        if (subject === undefined || !reaches(target, subject)) return undefined;
        reached.push(connection);
        if (connection.session !== undefined) hearNoMore(connection, connection.session);
        return undefined;
      },
    );
    let closed = 0;
    await inSlices(reached, clock, (connection) => {
      // Renewed meanwhile or not: it has missed messages of its channels since it was taken out of them.
      if (connection.isClosed) return undefined;
      connection.close("revoked", "revoked");
      closed += 1;
      return undefined;
    });
    observe({ event: "revoked", ...target, closed });
    return closed;
  }
}

/** Undefined while it has shown no credential. */
function subjectOf({ session, admission }: Connection): RevocationSubject | undefined {
  if (session !== undefined) return session;
  const identity = admission.verified?.identity;
  return identity && { identity, device: identity.deviceId };
}
