import { memory } from "@wardwire/cluster/memory";
import { defineContract } from "@wardwire/contract";
import type { ClientFrame, GatewayFrame } from "@wardwire/wire/frames";
import { z } from "zod";
import { answerUpgrade } from "../src/accept/upgrade.ts";
import { allow } from "../src/auth/authorize.ts";
import { parseGrants } from "../src/auth/grants.ts";
import type { AuthenticateResult, Credential } from "../src/auth/identity.ts";
import type { Core } from "../src/core.ts";
import { createCore } from "../src/create-core.ts";
import type { HostSocket, SocketEvents, UpgradeAnswer, UpgradeRequest } from "../src/host/socket-host.ts";
import type { GatewayEvent } from "../src/observe/events.ts";
import type { GatewayOptions } from "../src/options.ts";
import { ManualClock } from "../src/testing/manual-clock.ts";

const params = z.object({ roomId: z.string().regex(/^[a-z0-9-]{1,64}$/) });
const message = z.object({ text: z.string().min(1).max(2_000) });

/** Every kind of channel and command a test needs. */
export const contract = defineContract({
  channels: {
    lobby: {
      params,
      message,
      protection: "transport",
      publish: "members",
      history: { messages: 5, ttlMs: 60_000 },
      presence: true,
    },
    plain: { params, message, protection: "transport", publish: "members" },
    bulk: { params, message: z.object({ text: z.string() }), protection: "transport", publish: "members" },
    news: { params: z.object({}), message, protection: "transport", publish: "server" },
  },
  commands: { rename: { input: z.object({ title: z.string() }), output: z.object({ title: z.string() }) } },
  notification: z.object({ text: z.string() }),
});

/** What a test may choose otherwise. */
export type PaperOptions = Partial<GatewayOptions<typeof contract>>;

/** A gateway without sockets: upgrades are asked for and frames are exchanged in memory, on a clock that stands still. */
export class GatewayOnPaper {
  /** The gateway's, unless the test gave it one that is no manual clock. */
  readonly clock: ManualClock;
  readonly events: GatewayEvent[] = [];
  readonly core: Core;

  constructor(changes: PaperOptions = {}) {
    this.clock = changes.clock instanceof ManualClock ? changes.clock : new ManualClock();
    const options: GatewayOptions<typeof contract> = {
      contract,
      allowedOrigins: ["https://chat.example"],
      authenticate: (credential) => this.authenticate(credential),
      authorize: () => allow(),
      commands: { rename: ({ input }) => ({ title: input.title }) },
      cluster: memory(),
      clock: this.clock,
      observe: (event) => this.events.push(event),
      ...changes,
    };
    this.core = createCore(options as unknown as Parameters<typeof createCore>[0]);
  }

  /** Tokens are `user`, `user/device` or `user/device/grant;grant`; `bad` and `old` are refused. All last a minute. */
  authenticate(credential: Credential): AuthenticateResult {
    if (credential.kind !== "token" || credential.token === "bad") {
      return { ok: false, code: "token-invalid", detail: "a bad one" };
    }
    if (credential.token === "old") return { ok: false, code: "token-expired", detail: "an old one" };
    const [userId = "", deviceId, grants] = credential.token.split("/");
    const expiresAt = this.clock.now() + 60_000;
    const identity = {
      userId,
      expiresAt,
      claims: {},
      ...(deviceId ? { deviceId } : {}),
      ...(grants === undefined ? {} : { grants: parseGrants(grants.split(";")) }),
    };
    return { ok: true, identity };
  }

  /** Asks for an upgrade as a browser on the allowed origin would, but for `headers` and `target`. */
  async upgrade(
    headers: Readonly<Record<string, string | readonly string[] | undefined>> = {},
    target = "/ws",
    remoteAddress = "192.0.2.7",
  ): Promise<UpgradeAnswer> {
    const given = Object.entries({ origin: "https://chat.example", ...headers });
    const request: UpgradeRequest = {
      remoteAddress,
      target,
      headers: new Map(
        given.flatMap(([name, value]) => (value === undefined ? [] : [[name, [value].flat()] as const])),
      ),
      signal: new AbortController().signal,
    };
    return answerUpgrade(this.core, request);
  }

  /** An open socket that has sent nothing yet. */
  async open(headers: Readonly<Record<string, string | undefined>> = {}): Promise<PaperSocket> {
    const answer = await this.upgrade(headers);
    if (!answer.accepted) throw new Error(`refused with ${answer.status}: ${answer.body}`);
    const socket = new PaperSocket();
    socket.events = answer.open(socket);
    return socket;
  }

  /** A socket whose `connect` with this token has succeeded. */
  async connect(token: string): Promise<PaperSocket> {
    const socket = await this.open();
    socket.send({ type: "connect", id: 1, token });
    await socket.next("connected");
    return socket;
  }
}

/** The far end of one socket: what the gateway sent, message by message and frame by frame. */
export class PaperSocket implements HostSocket {
  events: SocketEvents | undefined;
  bufferedBytes = 0;
  paused = false;
  closedWith: { readonly code: number; readonly reason: string } | undefined;
  /** Whole WebSocket messages, in order. */
  readonly messages: Uint8Array[] = [];
  #frames: GatewayFrame[] = [];
  #waiting: (() => void)[] = [];

  /** Sends frames to the gateway as one message. */
  send(...frames: readonly (ClientFrame | Record<string, unknown>)[]): void;
  /** Called by the gateway. */
  send(message: Uint8Array, kind: "text" | "binary"): void;
  send(...given: readonly unknown[]): void {
    const [first] = given;
    if (first instanceof Uint8Array) {
      this.messages.push(first);
      const lines = Buffer.from(first).toString("utf8").split("\n");
      this.#frames.push(...lines.map((line): GatewayFrame => JSON.parse(line)));
      this.#wake();
      return;
    }
    this.sendText(given.map((frame) => JSON.stringify(frame)).join("\n"));
  }

  /** Sends a text message to the gateway as it stands. */
  sendText(text: string): void {
    this.events?.message(Buffer.from(text), "text");
  }

  close(code: number, reason: string): void {
    if (this.closedWith !== undefined) return;
    this.closedWith = { code, reason };
    this.#wake();
    this.events?.closed(code, reason);
  }

  /** The code the socket was closed with, if it was. */
  closeCode(): number | undefined {
    return this.closedWith?.code;
  }

  terminate(): void {
    this.close(1006, "");
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  /** Takes the next frame of a type, those before it being dropped. */
  async next<T extends GatewayFrame["type"]>(type: T): Promise<Extract<GatewayFrame, { type: T }>> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame?.type === type) return frame as Extract<GatewayFrame, { type: T }>;
      if (frame !== undefined) continue;
      if (this.closedWith !== undefined) throw new Error(`closed with ${this.closedWith.code} before ${type}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** All frames sent so far and not yet taken, at the end of this turn. */
  async drain(): Promise<GatewayFrame[]> {
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  /** Resolves when the gateway has closed the socket. */
  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    while (this.closedWith === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.closedWith;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
