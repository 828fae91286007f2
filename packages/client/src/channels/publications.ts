import type { Json } from "@wardwire/wire/frames";
import { retryDelayMs } from "../backoff.ts";
import { ClientError, left, notConnected, temporaryCodes, tooManyPending } from "../client-error.ts";
import type { ClientLimits } from "../client-limits.ts";
import type { PendingCalls } from "../connection/pending-calls.ts";
import type { CancelTimer, Clock } from "../platform/clock.ts";
import type { Published, PublishOptions } from "./joined-channel.ts";

/** A channel's link to the connection: the gateway's number for it there. */
export interface Link {
  readonly calls: PendingCalls;
  readonly number: number;
}

/** Where messages are published. */
export interface PublishTarget {
  readonly name: string;
  /** The link there is now. */
  readonly link: Link | undefined;
  /** Whether there will be none any more. */
  readonly over: boolean;
}

/** What publications are made with. */
export interface PublicationsSettings {
  readonly limits: ClientLimits;
  readonly clock: Clock;
  readonly random: () => number;
  /** Gives an idempotency key of 128 random bits. */
  readonly newKey: () => string;
}

/** The messages of a client that the gateway has not acknowledged yet. */
export class Publications {
  readonly #settings: PublicationsSettings;
  /** In the order of the calls. */
  readonly #underWay = new Set<Publication>();

  constructor(settings: PublicationsSettings) {
    this.#settings = settings;
  }

  /**
   * Sends a message under one key until the gateway has acknowledged it, over as many connections as that takes: one that
   * was taken already is not taken again.
   *
   * @throws ClientError see `JoinedChannel.publish`
   */
  async publish(target: PublishTarget, data: Json, options: PublishOptions): Promise<Published> {
    const { limits, clock, newKey } = this.#settings;
    const { signal, key = newKey(), timeoutMs = limits.requestTimeoutMs } = options;
    signal?.throwIfAborted();
    if (this.#underWay.size >= limits.maxPending) throw tooManyPending(limits.maxPending);
    const publication: Publication = {
      target,
      message: { data, key },
      outcome: Promise.withResolvers(),
      over: new AbortController(),
      attempts: 0,
    };
    const giveUp = (): void => fail(publication, notConnected(target.name));
    const stop = clock.after(timeoutMs, giveUp);
    signal?.addEventListener("abort", giveUp);
    this.#underWay.add(publication);
    this.resume(target);
    try {
      return await publication.outcome.promise;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      stop();
      publication.stopPause?.();
      signal?.removeEventListener("abort", giveUp);
      this.#underWay.delete(publication);
      this.resume(target);
    }
  }

  /**
   * Sends what has not been sent on the present link, in the order of the calls: what pauses holds up those behind it.
   * Called whenever a target has got a link, or will get none any more.
   */
  resume(target: PublishTarget): void {
    const { link, over } = target;
    for (const publication of this.#underWay) {
      if (publication.target !== target) continue;
      // On a connection that is still there an answer can come.
      if (over && (!publication.link || publication.stopPause)) fail(publication, left(target.name));
      else if (publication.stopPause) return;
      else if (link && link !== publication.link) this.#attempt(publication, link);
    }
  }

  #attempt(publication: Publication, link: Link): void {
    const { target, message, outcome, over } = publication;
    const attempts = publication.attempts + 1;
    publication.attempts = attempts;
    publication.link = link;
    const resume = (): void => {
      publication.link = publication.stopPause = undefined;
      this.resume(target);
    };
    const fields = { channel: link.number, ...message };
    link.calls.request("publish", fields, { signal: over.signal }).then(
      ({ offset, duplicate = false }) => outcome.resolve({ offset, duplicate }),
      (error: ClientError) => {
        const { clock, random } = this.#settings;
        const { code, retryAfterMs } = error;
        if (attempts === 1 && !uncertainCodes.includes(code)) outcome.reject(error);
        // The next connection comes after a back-off of its own.
        else if (code === "disconnected") resume();
        else if (!temporaryCodes.includes(code)) fail(publication, error);
        else publication.stopPause = clock.after(retryDelayMs(attempts, random, retryAfterMs), resume);
      },
    );
  }
}

/** One message on its way. */
interface Publication {
  readonly target: PublishTarget;
  /** The same with every attempt. */
  readonly message: { readonly data: Json; readonly key: string };
  readonly outcome: PromiseWithResolvers<Published>;
  /** Aborted when it is given up. */
  readonly over: AbortController;
  attempts: number;
  /** Where the last attempt was made; none once another one may be. */
  link?: Link | undefined;
  /** While another attempt has to wait. */
  stopPause?: CancelTimer | undefined;
}

/** After an attempt that may have been taken, no failure says that the message was not. */
function fail({ target, outcome, over, attempts }: Publication, cause: ClientError): void {
  over.abort();
  const text = `${target.name}: it may have been published`;
  outcome.reject(attempts ? new ClientError("outcome-unknown", text, { cause }) : cause);
}

/** After these the gateway may have taken the message. */
const uncertainCodes: readonly string[] = ["disconnected", "timeout", "unavailable"];
