import { maxRecordContentBytes } from "@wardwire/crypto/channel-records/channel-limits";
import { maxBatchFrames } from "@wardwire/wire/limits";
import type { Member } from "../fanout.ts";

/** What a record is going to be made of. */
export class RecordContent {
  /** Frames in CBOR. */
  readonly frames: Uint8Array[] = [];
  /** Whether all of it is messages, which the channel may leave out for a slow member. */
  readonly isMessages: boolean;
  /** Somebody has joined since the content before. */
  readonly isAfterJoin: boolean;
  byteLength = 0;
  /** Offsets of its first and its last message; 0 when it holds none. */
  from = 0;
  to = 0;
  /** Who is not to get it, besides those who have joined since. */
  except: ReadonlyMap<Member, unknown> | undefined;
  readonly #newcomers: Newcomers;
  readonly #index: number;

  constructor(newcomers: Newcomers, index: number, options: Pick<RecordContent, "isMessages" | "isAfterJoin">) {
    this.#newcomers = newcomers;
    this.#index = index;
    this.isMessages = options.isMessages;
    this.isAfterJoin = options.isAfterJoin;
  }

  get isForAll(): boolean {
    return this.except === undefined && this.#index >= this.#newcomers.last;
  }

  /** Whether a member is to get it. */
  isFor(member: Member): boolean {
    return this.except?.has(member) !== true && this.#index >= this.#newcomers.first(member);
  }
}

/** Who has joined while frames waited. One entry each, however much waits: a crowd may come back meanwhile. */
class Newcomers {
  readonly #firsts = new Map<Member, number>();
  /** The first content that every one of them gets. */
  last = 0;

  /** The first content that a member gets. */
  first(member: Member): number {
    return this.#firsts.get(member) ?? 0;
  }

  add(member: Member, first: number): void {
    this.#firsts.set(member, first);
    this.last = first;
  }

  remove(member: Member): void {
    this.#firsts.delete(member);
  }
}

/**
 * Frames of a sealed channel in the order in which they came, as contents of records. What is a message stands apart from
 * what is not where messages may be left out, and what is not for everybody stands alone.
 */
export class GatheredFrames {
  readonly #partsMessages: boolean;
  #contents: RecordContent[] = [];
  #newcomers = new Newcomers();
  /** The last of them, as long as frames may be added to it. */
  #open: RecordContent | undefined;
  #byteLength = 0;
  #hasJoined = false;

  /** @param partsMessages whether the channel's messages may be left out, and so must be apart */
  constructor(partsMessages: boolean) {
    this.#partsMessages = partsMessages;
  }

  get isEmpty(): boolean {
    return this.#contents.length === 0;
  }

  /** Bytes of all frames. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Adds a message. */
  addMessage(offset: number, frame: Uint8Array): void {
    const content = this.#add(frame, true);
    if (content.from === 0) content.from = offset;
    content.to = offset;
  }

  /** Adds a frame that is none, for all members but those of `except`. */
  addFrame(frame: Uint8Array, except?: ReadonlyMap<Member, number>): void {
    if (except === undefined || except.size === 0) {
      this.#add(frame, false);
      return;
    }
    this.#open = undefined;
    this.#add(frame, false).except = new Map(except);
    this.#open = undefined;
  }

  /** Somebody joins, and gets nothing of what is there already. */
  join(member: Member): void {
    if (!this.isEmpty) this.#newcomers.add(member, this.#contents.length);
    this.#open = undefined;
    this.#hasJoined = true;
  }

  /** Somebody has gone. */
  leave(member: Member): void {
    this.#newcomers.remove(member);
  }

  /** Hands over everything. */
  takeAll(): readonly RecordContent[] {
    const contents = this.#contents;
    this.#contents = [];
    this.#newcomers = new Newcomers();
    this.#open = undefined;
    this.#byteLength = 0;
    return contents;
  }

  /** Forgets all frames; that somebody has joined meanwhile it knows still. */
  clear(): void {
    for (const { isAfterJoin } of this.takeAll()) this.#hasJoined ||= isAfterJoin;
  }

  #add(frame: Uint8Array, isMessage: boolean): RecordContent {
    const content = this.#takes(frame, isMessage) ?? this.#begin(isMessage);
    content.frames.push(frame);
    content.byteLength += frame.byteLength;
    this.#byteLength += frame.byteLength;
    return content;
  }

  /** The content that is open, if it takes the frame. */
  #takes(frame: Uint8Array, isMessage: boolean): RecordContent | undefined {
    const open = this.#open;
    if (open === undefined || (this.#partsMessages && open.isMessages !== isMessage)) return undefined;
    if (open.byteLength + frame.byteLength > maxRecordContentBytes) return undefined;
    return open.frames.length < maxBatchFrames ? open : undefined;
  }

  #begin(isMessages: boolean): RecordContent {
    const isAfterJoin = this.#hasJoined;
    const begun = new RecordContent(this.#newcomers, this.#contents.length, { isMessages, isAfterJoin });
    this.#hasJoined = false;
    this.#contents.push(begun);
    this.#open = begun;
    return begun;
  }
}
