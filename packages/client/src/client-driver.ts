import type { ConnectedFrame } from "@wardwire/wire/frames";
import { ClientError } from "./client-error.ts";
import type { ClientLimits } from "./client-limits.ts";
import {
  type ClientEffect,
  type ClientEvent,
  type ClientState,
  initialMachine,
  type Machine,
  step,
} from "./client-state.ts";
import { Connection, type Push } from "./connection/connection.ts";
import { type Loss, lossOf } from "./connection/loss.ts";
import type { PendingCalls } from "./connection/pending-calls.ts";
import type { CancelTimer, Clock } from "./platform/clock.ts";
import type { NetworkStatus } from "./platform/network-status.ts";
import { Renewal } from "./token/renewal.ts";
import { type TokenInput, TokenSource } from "./token/token-source.ts";
import type { Transport } from "./transport.ts";

/** What a driver is made from, defaults filled in. */
export interface DriverSettings {
  readonly url: string;
  readonly token: TokenInput;
  /** Whether `token` gives tickets. */
  readonly isTicket: boolean;
  readonly device: string | undefined;
  readonly reconnect: boolean;
  readonly limits: ClientLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly network: NetworkStatus;
}

/** The client a driver drives. */
export interface DriverObserver {
  /** Loads what a connection needs. */
  load(): Promise<Transport>;
  onState(state: ClientState): void;
  /** There is a connection; its requests can be sent until `onDisconnected`. */
  onConnected(calls: PendingCalls, frame: ConnectedFrame): void;
  onDisconnected(): void;
  onPush(frame: Push): void;
}

/** Carries out what the state machine decides: connects, waits, connects again, and keeps the token fresh. */
export class ClientDriver {
  readonly #settings: DriverSettings;
  readonly #observer: DriverObserver;
  readonly #tokens: TokenSource;
  readonly #stopWatchingNetwork: () => void;
  #machine: Machine;
  #connection: Connection | undefined;
  /** Of the live connection. */
  #renewal: Renewal | undefined;
  #attempt = new AbortController();
  #stopTimer: CancelTimer | undefined;
  #everConnected = false;
  /** A token of another identity has been presented: a loss now is answered by reconnecting with it. */
  #replacing = false;
  #closing: Promise<unknown> = Promise.resolve();

  /** Starts at once: the observer's `load` and `onState` are called before this returns. */
  constructor(settings: DriverSettings, observer: DriverObserver) {
    const { token, isTicket, clock, network } = settings;
    this.#settings = settings;
    this.#observer = observer;
    this.#tokens = new TokenSource(token, clock, isTicket);
    this.#machine = initialMachine(network.isOnline());
    this.#stopWatchingNetwork = network.watch((online) => this.#step({ type: "network", online }));
    this.#step({ type: "start" });
  }

  get state(): ClientState {
    return this.#machine.state;
  }

  /** The requests of the live connection, if there is one. */
  get calls(): PendingCalls | undefined {
    return this.#renewal?.calls;
  }

  /** Takes another token: presents it on a live connection, else, or when that fails, connects with it. */
  async replaceToken(token: TokenInput): Promise<void> {
    this.#tokens.replace(token);
    const renewal = this.#renewal;
    if (renewal !== undefined) {
      this.#replacing = true;
      try {
        await renewal.renew();
        return;
      } catch {
        // Another user's token, or no connection any more: reconnecting shows which.
      } finally {
        this.#replacing = false;
      }
    }
    if (this.#renewal === renewal) this.#step({ type: "identity" });
  }

  /** Makes the next attempt now, where one is waited for. */
  retry(): void {
    this.#step({ type: "retry" });
  }

  /** Ends for good; resolves when the socket is gone. */
  async end(reason: ClientError): Promise<void> {
    this.#step({ type: "end", reason });
    await this.#closing;
  }

  #step(event: ClientEvent): void {
    const before = this.state;
    const { reconnect, clock, random } = this.#settings;
    const policy = { reconnect, canRefresh: this.#tokens.canRefresh, now: clock.now(), random };
    const { machine, effects } = step(this.#machine, event, policy);
    const { state } = machine;
    this.#machine = machine;
    if (state.phase !== before.phase) this.#stopTimer?.();
    for (const effect of effects) this.#carryOut(effect);
    if (state === before) return;
    if (state.phase === "closed") {
      this.#stopWatchingNetwork();
      this.#tokens.replace(undefined);
    }
    this.#observer.onState(state);
  }

  #carryOut(effect: ClientEffect): void {
    if (effect.type === "drop") this.#drop();
    else if (effect.type === "attempt") {
      this.#attempt = new AbortController();
      void this.#connect(effect.fresh, this.#attempt.signal);
    } else {
      this.#stopTimer?.();
      this.#stopTimer = this.#settings.clock.after(effect.delayMs, () => this.#step({ type: effect.fires }));
    }
  }

  #drop(): void {
    this.#attempt.abort();
    if (this.#renewal !== undefined) {
      this.#renewal = undefined;
      this.#observer.onDisconnected();
    }
    if (this.#connection === undefined) return;
    this.#closing = this.#connection.close();
    this.#connection = undefined;
  }

  async #connect(fresh: boolean, signal: AbortSignal): Promise<void> {
    try {
      const [transport, token] = await Promise.all([this.#observer.load(), this.#tokens.get(fresh, signal)]);
      if (signal.aborted) return;
      const connection: Connection = new Connection(
        { ...this.#settings, ...transport, token, isTicket: this.#tokens.isTicket },
        {
          onConnected: (frame) => this.#onConnected(connection, frame, signal),
          onPush: (frame) => this.#onPush(frame),
          onLost: (loss) => this.#onLost(loss),
        },
      );
      this.#connection = connection;
    } catch (error) {
      if (!signal.aborted) this.#step({ type: "lost", loss: this.#lossOfPreparation(error) });
    }
  }

  /** A sign-in that has never worked is for the application to show; later it is worth another try. */
  #lossOfPreparation(error: unknown): Loss {
    if (!(error instanceof ClientError)) {
      return lossOf("backoff", "unreachable", "the client could not be loaded", { cause: error });
    }
    const mayHeal = error.code === "token-unavailable" && this.#everConnected;
    return { advice: mayHeal ? "backoff" : "never", error };
  }

  #onConnected({ calls }: Connection, frame: ConnectedFrame, signal: AbortSignal): void {
    this.#everConnected = true;
    const renewal = new Renewal(calls, this.#tokens, this.#settings.clock, signal, (expiresAt) =>
      this.#step({ type: "renewed", expiresAt }),
    );
    this.#renewal = renewal;
    this.#step({ ...frame, type: "connected" });
    // A listener may have closed the client just now.
    if (this.#renewal !== renewal) return;
    renewal.schedule(frame.expiresAt);
    this.#observer.onConnected(calls, frame);
  }

  #onPush(frame: Push): void {
    if (frame.type === "notice" && frame.code === "token-expiring") this.#renewal?.renewQuietly();
    this.#observer.onPush(frame);
  }

  #onLost(loss: Loss): void {
    if (loss.error.code === "token-refused" && !this.#replacing) this.#tokens.markRefused();
    this.#step(this.#replacing ? { type: "identity" } : { type: "lost", loss });
  }
}
