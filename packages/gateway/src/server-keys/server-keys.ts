import type { Bytes } from "@wardwire/crypto/bytes";
import type { HandshakeKeys } from "@wardwire/crypto/handshake/gateway-handshake";
import type { HistoryKek } from "@wardwire/crypto/history/history-keys";
import type { KeyEvent } from "@wardwire/crypto/keys/key-ring";
import type { Pin } from "@wardwire/crypto/keys/pin";
import type { Clock } from "../clock.ts";

/** What sealed connections of a gateway need: online keys, bundles and the keys of history. Made by `loadServerKeys`. */
export interface ServerKeys {
  /** What handshakes ask (HS-1.6). */
  readonly ring: HandshakeKeys;
  /** The newest signed bundle, as `/.well-known/wardwire-keys` serves it (KB-1.5). Treat it as read-only. */
  readonly bundle: Bytes;
  /** The origins of that bundle: what a handshake may be bound to (HS-1.4). */
  readonly origins: readonly string[];
  /** Of the current and the next identity, where they are known: what clients pin. */
  readonly pins: readonly Pin[];
  readonly history: HistoryKeks;
  /** From now on keys rotate by the clock, and files that have changed are read again, until `close`. */
  start(running: RunningKeys): void;
  /** Stops, and disposes of every key. */
  close(): void;
}

/** What {@link ServerKeys.start} is given. */
export interface RunningKeys {
  readonly clock: Clock;
  readonly onEvent: (event: ServerKeysEvent) => void;
  /** A rotation or a reading has failed; what was there goes on. Told once, until something else fails or all is well. */
  readonly failed: (error: unknown) => void;
}

/** Something that happened to server keys; holds no secret. */
export type ServerKeysEvent =
  | KeyEvent
  | {
      /** The delegate ends soon, and with it every bundle: the identity has to certify another. Told once a day. */
      readonly event: "delegate-ending";
      /** Seconds since 1970. */
      readonly notAfter: number;
    };

/** The random keys of days under which sealed channels' history is kept (HR-3). */
export interface HistoryKeks {
  /** That of today; stays the keys'. */
  readonly current: HistoryKek;
  /** That of a name, or undefined for one that is not known or has been erased. */
  of(id: Uint8Array): HistoryKek | undefined;
}
