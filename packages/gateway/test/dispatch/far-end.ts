import assert from "node:assert/strict";
import type { GatewayFrame, JoinedFrame, MessageFrame } from "@wardwire/wire/frames";
import type { GatewayOnPaper, PaperSocket } from "../gateway-on-paper.ts";

/** A channel, and its messages as the broker gave them out, by offset. */
export interface Room {
  readonly channel: string;
  readonly params: { readonly roomId: string };
  readonly texts: Map<number, string>;
}

interface Membership {
  readonly room: Room;
  /** Offset of the last message got. */
  last: number;
}

const replyTo: Readonly<Record<string, string>> = {
  join: "joined",
  leave: "left",
  publish: "published",
  call: "result",
  history: "messages",
  presence: "present",
  renew: "renewed",
};

/** The model of one connection: what it has asked, what it has joined, and whether each frame that comes may come now. */
export class FarEnd {
  readonly socket: PaperSocket;
  readonly #rooms: readonly Room[];
  readonly #asked = new Map<number, string>();
  /** By channel number. */
  readonly #joined = new Map<number, Membership>();
  readonly #numbers = new Map<Room, number>();
  #lastId = 1;

  constructor(socket: PaperSocket, rooms: readonly Room[]) {
    this.socket = socket;
    this.#rooms = rooms;
  }

  static async connect(gateway: GatewayOnPaper, user: string, rooms: readonly Room[]): Promise<FarEnd> {
    return new FarEnd(await gateway.connect(user), rooms);
  }

  get closed(): boolean {
    return this.socket.closedWith !== undefined;
  }

  /** The number this room had when it was joined last; one that no channel has before that. */
  numberOf(room: Room): number {
    return this.#numbers.get(room) ?? 9_999;
  }

  /** The frame under a fresh id, which is owed one reply. */
  ask(frame: { readonly type: string } & Record<string, unknown>): Record<string, unknown> {
    this.#lastId += 1;
    this.#asked.set(this.#lastId, frame.type);
    return { id: this.#lastId, ...frame };
  }

  /** Checks what has come. */
  async listen(): Promise<void> {
    for (const frame of await this.socket.drain()) this.#check(frame);
  }

  /** Nothing is owed any more, and members have every message there is. */
  settle(): void {
    assert.deepEqual([...this.#asked], [], "every request has its reply");
    for (const { room, last } of this.#joined.values())
      assert.equal(last, room.texts.size, `all of ${room.params.roomId}`);
  }

  #check(frame: GatewayFrame): void {
    if ("id" in frame && typeof frame.id === "number") this.#checkReply(frame.type, frame.id);
    switch (frame.type) {
      case "joined":
        this.#enter(frame);
        return;
      case "message":
        this.#take(frame);
        return;
      case "left":
        assert.ok(this.#joined.delete(frame.channel), "left what was joined");
        return;
      case "presence":
        assert.ok(this.#joined.has(frame.channel), "presence of a joined channel only");
        return;
      default:
        return;
    }
  }

  #checkReply(type: string, id: number): void {
    const asked = this.#asked.get(id);
    assert.ok(asked !== undefined, `${type} answers ${id}, which is owed nothing`);
    assert.ok(type === "error" || type === replyTo[asked], `${type} answers ${asked}`);
    this.#asked.delete(id);
  }

  #enter({ channel, name, params, position }: JoinedFrame): void {
    const { roomId } = params as Room["params"];
    const room = this.#rooms.find((each) => each.channel === name && each.params.roomId === roomId);
    assert.ok(room !== undefined && !this.#joined.has(channel), "joined what was not");
    this.#numbers.set(room, channel);
    this.#joined.set(channel, { room, last: position.offset });
  }

  #take({ channel, offset, data }: MessageFrame): void {
    const membership = this.#joined.get(channel);
    assert.ok(membership !== undefined, "a message of a joined channel only");
    assert.equal(offset, membership.last + 1, "the next message of the channel");
    assert.deepEqual(data, { text: membership.room.texts.get(offset) });
    membership.last = offset;
  }
}
