import { randomBytes } from "node:crypto";
import { authLimits } from "@wardwire/crypto/handshake/awaiting-auth";
import { cborCodec } from "@wardwire/wire/cbor";
import { type CloseReason, closeCodes } from "@wardwire/wire/close-codes";
import type { Codec } from "@wardwire/wire/codec";
import { type Decoded, decodeClientMessage } from "@wardwire/wire/decode";
import type { ClientFrame, Encoding, ErrorFrame, GatewayFrame } from "@wardwire/wire/frames";
import { jsonCodec } from "@wardwire/wire/json";
import { closeByWireError, WireError } from "@wardwire/wire/wire-error";
import type { Identity } from "../auth/identity.ts";
import type { Departure, Member } from "../channels/fanout.ts";
import { ChannelLedger } from "../channels/sealed/channel-ledger.ts";
import type { Timer } from "../clock.ts";
import type { Core } from "../core.ts";
import { dispatch } from "../dispatch/dispatch.ts";
import { leaveAll } from "../dispatch/on-leave.ts";
import type { RequestError } from "../dispatch/request-error.ts";
import { overBudget } from "../dispatch/within-budget.ts";
import type { HostSocket, MessageKind, SocketEvents } from "../host/socket-host.ts";
import type { ConnectionBudgets } from "../limits/connection-budgets.ts";
import { TokenBucket } from "../limits/token-bucket.ts";
import { type Expiry, watchExpiry } from "./expiry.ts";
import { Heartbeat } from "./heartbeat.ts";
import { IdleWatch } from "./idle-watch.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import type { SealedOutlet } from "./outlet.ts";
import type { Session } from "./session.ts";
import type { Verified } from "./verify-credential.ts";

/** What the opening handshake settled. */
export interface Admission {
  readonly address: string;
  readonly encoding: Encoding;
  /** The page's, exactly as it came; absent where the client is no browser. */
  readonly origin?: string;
  /** Whose credential the handshake carried; the first frame names one else. */
  readonly verified?: Verified;
  /** Present on a sealed connection: the socket under its records. */
  readonly sealed?: SealedOutlet;
  /** Gives back what the socket counts against: at authentication, and at the end. */
  readonly authenticated: () => void;
  readonly ended: () => void;
}

/** A connection is in one of these phases, each with just the data it has then. */
type State =
  | { readonly phase: "unauthenticated"; readonly deadline: Timer }
  | { readonly phase: "authenticated"; readonly session: Session; expiry: Expiry }
  | { readonly phase: "closed"; readonly session: Session | undefined };

/** One socket, from the open handshake to the close: reads, queues, answers, and lives as long as its identity may. */
export class Connection implements Member, SocketEvents {
  readonly id: string = `c_${randomBytes(12).toString("base64url")}`;
  readonly admission: Admission;
  readonly outbox: Outbox;
  readonly budgets: ConnectionBudgets;
  readonly #core: Core;
  readonly #socket: HostSocket;
  readonly #codec: Codec;
  readonly #inbox: Inbox;
  readonly #heartbeat: Heartbeat;
  readonly #idleWatch: IdleWatch | undefined;
  #beatTimer: Timer | undefined;
  readonly #errorBudget: TokenBucket;
  readonly #outstanding = new Set<number>();
  readonly #ending = new AbortController();
  #state: State;
  #closedBy: CloseReason | undefined;

  constructor(core: Core, socket: HostSocket, admission: Admission) {
    const { limits, clock, idleTimeoutMs } = core;
    const now = (): number => clock.monotonic();
    this.#core = core;
    this.#socket = socket;
    this.admission = admission;
    this.#codec = admission.encoding === "json" ? jsonCodec : cborCodec;
    const { sealed } = admission;
    const actions = {
      overflow: () => this.close("overloaded", "the client reads too slowly"),
      failed: (error: unknown) => this.failed("outbox", error),
    };
    const ledger = sealed && new ChannelLedger(sealed, core.channels.figures);
    this.outbox = new Outbox(sealed ?? socket, admission.encoding, core, actions, ledger);
    this.#inbox = new Inbox((frame) => dispatch(core, this, frame), socket, limits.maxMessageBytes);
    this.budgets = core.budgets.ofConnection({ connection: this.id, address: admission.address });
    this.#errorBudget = new TokenBucket({ perSecond: 1, burst: limits.errorBudget, now });
    this.#heartbeat = new Heartbeat(clock, limits.heartbeatMs, {
      ping: () => this.send({ type: "ping" }),
      lost: () => this.close("heartbeatLost", "no frame within twice the heartbeat"),
    });
    if (idleTimeoutMs !== undefined) {
      this.#idleWatch = new IdleWatch(clock, idleTimeoutMs, () => this.close("normal", "idle for too long"));
    }
    this.#state = {
      phase: "unauthenticated",
      deadline: clock.after(timeToAuthenticate(core, sealed), () =>
        this.close("authenticationTimeout", "no connect in time"),
      ),
    };
    core.connections.add(this);
  }

  /** Who it is; undefined before `connect` succeeded and after the close. */
  get session(): Session | undefined {
    return this.#state.phase === "authenticated" ? this.#state.session : undefined;
  }

  get isClosed(): boolean {
    return this.#state.phase === "closed";
  }

  /** Aborted when the connection ends. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Queues a frame. */
  send(frame: GatewayFrame): void {
    this.outbox.push(frame);
  }

  /** Queues the one reply to a request, whose id is free again then. */
  reply(frame: GatewayFrame & { readonly id: number }): void {
    this.#outstanding.delete(frame.id);
    this.send(frame);
  }

  /**
   * Answers a request, or a frame without id, with an error. Errors the client caused are paid from its error budget.
   *
   * @param cost 0 where the error has been paid with another of the same message.
   */
  refuse(id: number | undefined, { code, message, detail }: Fault, cost: 0 | 1 = 1): void {
    if (id !== undefined) this.#outstanding.delete(id);
    const frame: ErrorFrame = { type: "error", ...(id === undefined ? {} : { id }), code, message, ...detail };
    this.send(frame);
    if (code === "internal" || code === "unavailable") return;
    if (this.#errorBudget.take(cost) === 0) return;
    if (code === "rate-limited") this.close("rateLimited", "too many frames");
    else this.close("errorBudgetSpent", "too many errors");
  }

  /** From here on the connection may act, until the identity expires. */
  authenticated(session: Session): void {
    if (this.#state.phase !== "unauthenticated") return;
    this.#state.deadline.cancel();
    this.admission.authenticated();
    this.#core.connections.assign(this, session.user);
    this.#state = { phase: "authenticated", session, expiry: this.#watchExpiry(session.identity) };
    if (this.admission.sealed !== undefined) this.#beat();
  }

  /** Puts a newer identity of the same user in force. */
  renewed(identity: Identity): void {
    if (this.#state.phase !== "authenticated") return;
    this.#state.expiry.cancel();
    this.#state.session.identity = identity;
    this.#state.expiry = this.#watchExpiry(identity);
  }

  /** Writes what is queued, then closes; later frames are not read. */
  close(reason: CloseReason, text: string): void {
    if (this.#state.phase === "closed") return;
    this.#closedBy = reason;
    this.#end();
    this.outbox.flush();
    this.outbox.close();
    this.#socket.close(closeCodes[reason].code, text);
  }

  /** Something failed that no frame can be answered with: closes this connection and goes no further (R35). */
  failed(where: string, error: unknown): void {
    this.#core.observe({ event: "failure", where, connection: this.id, error });
    this.close("internalError", "the gateway failed here");
  }

  /** @param receivedBytes what came for it, where that is more: the padding of records is paid for too (R29) */
  message(data: Uint8Array, kind: MessageKind, receivedBytes: number = data.byteLength): void {
    if (this.#state.phase === "closed") return;
    this.#heartbeat.heard();
    if ((kind === "text") !== (this.admission.encoding === "json")) {
      const expected = this.admission.encoding === "json" ? "text messages" : "binary messages";
      this.#undecodable("unsupported-data");
      this.close("unsupportedData", `expected ${expected}`);
      return;
    }
    const overBytes = this.#overBytes(receivedBytes);
    const frames: ClientFrame[] = [];
    for (const [index, item] of this.#decode(data).entries()) {
      // A message over the byte budget is one error, however many frames are in it.
      const frame = this.#admit(item, overBytes, overBytes !== undefined && index > 0 ? 0 : 1);
      if (frame !== undefined) frames.push(frame);
    }
    if (!this.isClosed) this.#inbox.push(frames, data.byteLength);
  }

  drained(): void {
    this.outbox.drained();
  }

  closed(code: number): void {
    this.#end();
    this.outbox.close();
    const { session } = this.#state as Extract<State, { phase: "closed" }>;
    this.#core.connections.remove(this, session?.user);
    this.admission.ended();
    this.#core.observe({
      event: "disconnected",
      connection: this.id,
      ...(session === undefined ? {} : { user: session.user }),
      address: this.admission.address,
      code: this.#closedBy === undefined ? code : closeCodes[this.#closedBy].code,
      ...(this.#closedBy === undefined ? {} : { by: this.#closedBy }),
    });
  }

  /** Stops everything this connection does and takes it out of its channels. */
  #end(): void {
    const state = this.#state;
    if (state.phase === "closed") return;
    const session = state.phase === "authenticated" ? state.session : undefined;
    this.#state = { phase: "closed", session };
    if (state.phase === "unauthenticated") state.deadline.cancel();
    else state.expiry.cancel();
    this.#heartbeat.stop();
    this.#beatTimer?.cancel();
    this.#idleWatch?.stop();
    this.#inbox.clear();
    this.#ending.abort();
    if (session !== undefined) leaveAll(this.#core, this, session, departureBy(this.#closedBy));
  }

  /** Tells a sealed connection where its channels are, whether it is heard or not: quiet ones may have lost their last. */
  #beat(): void {
    const { clock, limits } = this.#core;
    this.#beatTimer = clock.after(limits.heartbeatMs, () => {
      this.outbox.beat();
      this.#beat();
    });
  }

  #decode(data: Uint8Array): readonly Decoded<ClientFrame>[] {
    try {
      return decodeClientMessage(this.#codec, data, this.#core.limits);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#undecodable(error.code);
      this.close(closeByWireError[error.code], error.message);
      return [];
    }
  }

  /** What of a message is queued: frames within the budget, well-formed, under an id that is free. */
  #admit(item: Decoded<ClientFrame>, overBytes: Fault | undefined, cost: 0 | 1): ClientFrame | undefined {
    if (this.#state.phase === "closed") return undefined;
    const id = item.ok ? ("id" in item.frame ? item.frame.id : undefined) : item.id;
    const idTaken = id !== undefined && this.#outstanding.has(id);
    const fault =
      overBytes ?? this.#overRate() ?? (item.ok ? (idTaken ? takenId(id) : undefined) : this.#invalid(item));
    if (fault === undefined) {
      if (id !== undefined) this.#outstanding.add(id);
      if (item.ok && item.frame.type !== "pong" && item.frame.type !== "renew") this.#idleWatch?.acted();
      return item.ok ? item.frame : undefined;
    }
    if (this.#state.phase === "unauthenticated") {
      if (fault.code === "rate-limited") this.close("rateLimited", "too many frames");
      else this.close("badFrame", "expected a well-formed connect first");
    }
    // A reply under an id that is taken would be taken for the reply to the request before.
    else this.refuse(idTaken ? undefined : id, fault, cost);
    return undefined;
  }

  #invalid({ code, message, path }: Extract<Decoded<ClientFrame>, { ok: false }>): Fault {
    this.#undecodable(code);
    return { code, message, detail: path === undefined ? {} : { path } };
  }

  #undecodable(code: string): void {
    const { user } = this.session ?? {};
    const shown = user === undefined ? {} : { user };
    this.#core.observe({
      event: "decode-error",
      code,
      connection: this.id,
      address: this.admission.address,
      ...shown,
    });
  }

  #overRate(): Fault | undefined {
    const waitMs = this.budgets.frame(this.session);
    return waitMs === 0 ? undefined : overBudget(waitMs, `${this.#core.limits.messagesPerSecond} frames a second`);
  }

  #overBytes(bytes: number): Fault | undefined {
    const waitMs = this.budgets.message(bytes, this.session);
    return waitMs === 0 ? undefined : overBudget(waitMs, `${this.#core.limits.bytesPerSecond} bytes a second`);
  }

  #watchExpiry(identity: Identity): Expiry {
    return watchExpiry(this.#core.clock, identity.expiresAt, {
      expiring: () => this.send({ type: "notice", code: "token-expiring", expiresAt: identity.expiresAt }),
      expired: () => this.close("tokenExpired", "the token has expired"),
    });
  }
}

/** Milliseconds; on a sealed connection never more than the handshake has (HS-2.1). */
function timeToAuthenticate({ limits }: Core, sealed: SealedOutlet | undefined): number {
  const { authenticationTimeoutMs } = limits;
  return sealed === undefined ? authenticationTimeoutMs : Math.min(authenticationTimeoutMs, authLimits.deadlineMs);
}

/**
 * Closed for how the connection went, not for who it is: such a member has left. Errors of its own among them, or any
 * member could have a fresh key made for everybody as often as it comes back (RK-7.2).
 */
const goneBy: ReadonlySet<CloseReason | undefined> = new Set<CloseReason | undefined>([
  undefined,
  "normal",
  "goingAway",
  "protocolError",
  "unsupportedData",
  "invalidPayload",
  "tooBig",
  "internalError",
  "restarting",
  "overloaded",
  "badFrame",
  "heartbeatLost",
  "errorBudgetSpent",
  "rateLimited",
  "sealedSessionFailed",
]);

function departureBy(closedBy: CloseReason | undefined): Departure {
  return goneBy.has(closedBy) ? "left" : "expelled";
}

type Fault = Pick<RequestError, "code" | "message" | "detail">;

function takenId(id: number): Fault {
  const message = `id: ${id} is that of a request not answered yet; use a fresh one`;
  return { code: "invalid-frame", message, detail: { path: ["id"] } };
}
