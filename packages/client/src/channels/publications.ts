import type { Json } from "@wardwire/wire/frames";
import { retryDelayMs } from "../backoff.ts";
import { ClientError, notConnected, temporaryCodes, tooManyPending } from "../client-error.ts";
import type { ClientLimits } from "../client-limits.ts";
import { abortable } from "../connection/abortable.ts";
import type { PendingCalls } from "../connection/pending-calls.ts";
import type { Clock } from "../platform/clock.ts";
import type { Published, PublishOptions } from "./joined-channel.ts";

/** A channel's link to the connection: the gateway's number for it there. */
export interface Link {
  readonly calls: PendingCalls;
  readonly number: number;
}

/** Where a message is published. */
export interface PublishTarget {
  readonly name: string;
  /** The link there is now. */
  readonly link: Link | undefined;
  /** The next link. @throws ClientError `left` when there will be none */
  linked(): Promise<Link>;
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
  #underWay = 0;

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
    if (this.#underWay >= limits.maxPending) throw tooManyPending(limits.maxPending);
    this.#underWay += 1;
    const over = new AbortController();
    const stop = clock.after(timeoutMs, () => over.abort());
    const abort = (): void => over.abort();
    signal?.addEventListener("abort", abort);
    try {
      return await this.#send(target, { data, key }, over.signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      stop();
      signal?.removeEventListener("abort", abort);
      this.#underWay -= 1;
    }
  }

  /** Until `signal` is aborted. After an attempt that may have been taken, no failure says that the message was not. */
  async #send(target: PublishTarget, message: Sent, signal: AbortSignal): Promise<Published> {
    let doubt: unknown;
    try {
      for (let attempt = 1; ; attempt += 1) {
        const { calls, number } = target.link ?? (await abortable(target.linked(), signal));
        try {
          const fields = { channel: number, ...message };
          const { offset, duplicate = false } = await calls.request("publish", fields, { signal });
          return { offset, duplicate };
        } catch (error) {
          const { code } = error as ClientError;
          if (signal.aborted || uncertainCodes.includes(code)) doubt = error;
          if (doubt === undefined || ![...uncertainCodes, ...temporaryCodes].includes(code)) throw error;
          // The next connection comes after a back-off of its own.
          if (code !== "disconnected") await this.#pause(attempt, error as ClientError, signal);
        }
      }
    } catch (error) {
      if (doubt !== undefined) throw outcomeUnknown(target.name, error);
      throw signal.aborted ? notConnected(target.name) : error;
    }
  }

  async #pause(attempt: number, { retryAfterMs }: ClientError, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#settings;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = clock.after(retryDelayMs(attempt, random, retryAfterMs), resolve);
    await abortable(promise, signal).finally(stop);
  }
}

interface Sent {
  readonly data: Json;
  readonly key: string;
}

/** After these the gateway may have taken the message. */
const uncertainCodes: readonly string[] = ["disconnected", "timeout", "unavailable"];

function outcomeUnknown(name: string, cause: unknown): ClientError {
  return new ClientError("outcome-unknown", `${name}: the message may or may not have been published`, { cause });
}
