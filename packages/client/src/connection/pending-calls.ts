import type {
  CallFrame,
  ClientFrame,
  ConnectedFrame,
  ConnectFrame,
  ErrorFrame,
  GatewayFrame,
  HistoryFrame,
  JoinedFrame,
  JoinFrame,
  LeaveFrame,
  LeftFrame,
  MessagesFrame,
  NoticeFrame,
  PresenceFrame,
  PresentFrame,
  PublishedFrame,
  PublishFrame,
  RenewedFrame,
  RenewFrame,
  ResultFrame,
} from "@wardwire/wire/frames";
import { ClientError, tooManyPending } from "../client-error.ts";
import type { Clock } from "../platform/clock.ts";
import { abortable } from "./abortable.ts";

/** Every request with its reply. */
export interface Exchanges {
  connect: { request: ConnectFrame; reply: ConnectedFrame };
  renew: { request: RenewFrame; reply: RenewedFrame };
  join: { request: JoinFrame; reply: JoinedFrame };
  leave: { request: LeaveFrame; reply: LeftFrame };
  publish: { request: PublishFrame & { readonly id: number }; reply: PublishedFrame };
  call: { request: CallFrame; reply: ResultFrame };
  history: { request: HistoryFrame; reply: MessagesFrame };
  presence: { request: PresenceFrame; reply: PresentFrame };
}

/** The fields a caller gives; type and id are filled in, and what is `undefined` is left out. */
export type RequestFields<T extends keyof Exchanges> = OrUndefined<Omit<Exchanges[T]["request"], "type" | "id">>;

type OrUndefined<T> = { readonly [K in keyof T]: T extends Record<K, unknown> ? T[K] : T[K] | undefined };

/** How a request is waited for. */
export interface RequestOptions<Reply> {
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with the reply before any later frame is looked at, and also when nobody waits for it any more: what the
   * gateway has done has to be known even then.
   */
  readonly onReply?: (reply: Reply) => void;
}

/** The bounds of {@link PendingCalls}. */
export interface PendingLimits {
  readonly maxPending: number;
  readonly requestTimeoutMs: number;
}

/** The requests of one connection that wait for their one reply. */
export class PendingCalls {
  readonly #send: (frame: ClientFrame) => void;
  readonly #clock: Clock;
  readonly #limits: PendingLimits;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  /** @param send Sends a frame, or throws when it cannot. */
  constructor(send: (frame: ClientFrame) => void, clock: Clock, limits: PendingLimits) {
    this.#send = send;
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Sends a request and waits for its reply.
   *
   * @throws ClientError `too-many-pending`, `too-large`, `send-buffer-full` (nothing was sent), `timeout`,
   *   `disconnected` (the outcome is unknown), or the code of the gateway's error frame; the signal's reason when it is
   *   aborted
   */
  async request<T extends keyof Exchanges>(
    type: T,
    fields: RequestFields<T>,
    { signal, onReply }: RequestOptions<Exchanges[T]["reply"]> = {},
  ): Promise<Exchanges[T]["reply"]> {
    signal?.throwIfAborted();
    const { maxPending, requestTimeoutMs } = this.#limits;
    if (this.#pending.size >= maxPending) throw tooManyPending(maxPending);
    this.#lastId += 1;
    const id = this.#lastId;
    // The fields of T with its type and an id are T's request; the compiler cannot put a generic union together again.
    this.#send({ type, id, ...fields } as unknown as ClientFrame);
    const { promise, resolve, reject } = Promise.withResolvers<Exchanges[T]["reply"]>();
    this.#pending.set(id, {
      replyType: replyTypes[type],
      accept: (reply) => {
        onReply?.(reply as Exchanges[T]["reply"]);
        resolve(reply as Exchanges[T]["reply"]);
      },
      fail: reject,
    });
    const stop = this.#clock.after(requestTimeoutMs, () =>
      reject(new ClientError("timeout", `no reply to ${type} within ${requestTimeoutMs} ms`)),
    );
    return await abortable(promise, signal).finally(stop);
  }

  /**
   * Gives a frame with an id to whoever waits for it. The entry lives until its reply comes, also when the caller has
   * given up, so that ids stay unique and an abandoned join can be undone.
   *
   * @returns Whether the frame is the reply to a request; if not, the gateway broke the protocol.
   */
  settle(frame: Reply): boolean {
    const pending = this.#pending.get(frame.id);
    if (pending === undefined || (frame.type !== "error" && frame.type !== pending.replyType)) return false;
    this.#pending.delete(frame.id);
    if (frame.type === "error") pending.fail(errorOf(frame));
    else pending.accept(frame);
    return true;
  }

  /** The connection is gone: every request still waiting fails. */
  failAll(error: ClientError): void {
    for (const pending of this.#pending.values()) pending.fail(error);
    this.#pending.clear();
  }
}

/** A frame that answers a request. */
export type Reply = Exclude<GatewayFrame, NoticeFrame> & { readonly id: number };

/** Whether a frame answers a request. A notice has its own fields, whatever they are called. */
export function isReply(frame: GatewayFrame): frame is Reply {
  return frame.type !== "notice" && "id" in frame;
}

/** The error of an error frame, with the gateway's code. */
export function errorOf({ code, message, path, retryAfterMs }: ErrorFrame): ClientError {
  return new ClientError(code, message, { origin: "gateway", path, retryAfterMs });
}

interface Pending {
  readonly replyType: GatewayFrame["type"];
  readonly accept: (reply: GatewayFrame) => void;
  readonly fail: (error: ClientError) => void;
}

const replyTypes = {
  connect: "connected",
  renew: "renewed",
  join: "joined",
  leave: "left",
  publish: "published",
  call: "result",
  history: "messages",
  presence: "present",
} as const satisfies { [T in keyof Exchanges]: Exchanges[T]["reply"]["type"] };
