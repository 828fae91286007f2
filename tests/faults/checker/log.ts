/**
 * What clients write down while things break, for {@link checkLogs}. One log a client, in the order in which it happened
 * to that client; times are milliseconds of one clock. `send` names a message: it travels in the payload, so that
 * whoever receives it can say which it was. Members are to receive their own messages too, or their positions would jump.
 */

/** A place in a stream, as the wire protocol has it: after the `offset`-th message. */
export interface LoggedPosition {
  readonly stream: string;
  readonly offset: number;
}

/** One thing that happened to one client. */
export type LogEntry = { readonly at: number } & LoggedEvent;

type LoggedEvent =
  /** Given to the client library, which may send it several times. */
  | { readonly event: "sent"; readonly channel: string; readonly send: string }
  /** Acknowledged with its place. A publish of which the outcome is unknown, or that was refused, has no such entry. */
  | {
      readonly event: "acknowledged";
      readonly channel: string;
      readonly send: string;
      /** The stream the publisher's channel was in. */
      readonly stream: string;
      readonly offset: number;
    }
  /** In the channel from this position on; `recovered` when it went on from where it was without a gap. */
  | {
      readonly event: "joined";
      readonly channel: string;
      readonly position: LoggedPosition;
      readonly recovered?: boolean;
    }
  | { readonly event: "left"; readonly channel: string }
  | {
      readonly event: "received";
      readonly channel: string;
      readonly stream: string;
      readonly offset: number;
      readonly send: string;
    }
  /** The application was told that it misses what lies after `since`, up to `position`. */
  | {
      readonly event: "gap";
      readonly channel: string;
      readonly since: LoggedPosition;
      readonly position: LoggedPosition;
    }
  /** The credential of this client was revoked: from a second later on it receives nothing. */
  | { readonly event: "revoked" }
  /** Nothing is on its way any more; the client stands here. */
  | { readonly event: "settled"; readonly channel: string; readonly position: LoggedPosition };

/** The log of one client. */
export interface ClientLog {
  readonly client: string;
  readonly entries: readonly LogEntry[];
}
