import type { PresencePushFrame, Present } from "@wardwire/wire/frames";
import type { Clock, Timer } from "../clock.ts";
import type { Flushable, Turn } from "../connection/turn.ts";
import { maxPresent } from "./present.ts";

/** Up to so many members are told at the end of the turn, more of them only so often. */
const smallRoom = 64;
const largeRoomPauseMs = 100;

/** So many changes are told at once, however short ago the last ones were. */
const maxChanges = 64;

/** So many are remembered for those whose list was read before them. */
const maxRemembered = 1_024;

/** Someone came or went. */
export interface Change {
  readonly came: boolean;
  readonly who: Present;
}

/** What goes into a push. */
export type Announcement = Pick<PresencePushFrame, "joined" | "left" | "presentCount">;

/** What announcements are made with. */
export interface AnnouncementsOptions<Member> {
  readonly turn: Turn;
  readonly clock: Clock;
  readonly members: ReadonlySet<Member>;
  /** How many are present, over all processes. */
  readonly count: () => Promise<number>;
  /** Sends the same to all members but those of `except`. */
  readonly share: (announcement: Announcement, except?: ReadonlyMap<Member, number>) => void;
  readonly tell: (member: Member, announcement: Announcement) => void;
  /** Hears that the engine did not answer. */
  readonly failed: (error: unknown) => void;
}

/**
 * Tells the members of a channel who came and went, gathered: at the end of a turn, in large rooms every 100 ms, and
 * where more are present than a list holds only how many there are. Whoever joins is told what came after its own list
 * was made, and never of itself (WP-PUSH-5, WP-PUSH-6).
 */
export class Announcements<Member> implements Flushable {
  readonly #options: AnnouncementsOptions<Member>;
  /** The last changes; `#told` of all there ever were have been told. */
  #changes: Change[] = [];
  #count = 0;
  #told = 0;
  /** Who joined since the last time, and after how many changes. */
  readonly #newcomers = new Map<Member, number>();
  #crowded = false;
  #isWaiting = false;
  #pause: Timer | undefined;
  #isPaused = false;

  constructor(options: AnnouncementsOptions<Member>) {
    this.#options = options;
  }

  /** How many changes there have been. */
  get count(): number {
    return this.#count;
  }

  /**
   * The changes since there had been `count`.
   *
   * @returns undefined when they are not all remembered.
   */
  since(count: number): readonly Change[] | undefined {
    const missed = this.#count - count;
    return missed > this.#changes.length ? undefined : this.#changes.slice(this.#changes.length - missed);
  }

  /** Notes a change, which the members are told soon. */
  note(change: Change): void {
    this.#changes.push(change);
    this.#count += 1;
    if (this.#changes.length > 2 * maxRemembered) this.#changes = this.#changes.slice(-maxRemembered);
    if (this.#isWaiting || (this.#isPaused && !this.#isFull)) return;
    this.#isWaiting = true;
    this.#options.turn.addFirst(this);
  }

  /** Notes a member that knows of every change so far. */
  entered(member: Member): void {
    if (this.#told < this.#count) this.#newcomers.set(member, this.#count);
  }

  /** Notes that somebody is no member any more. */
  forget(member: Member): void {
    this.#newcomers.delete(member);
  }

  /** Tells what has been noted. */
  flush(): void {
    this.#isWaiting = false;
    const { members, count, failed } = this.#options;
    this.#crowded ||= members.size > maxPresent;
    if (this.#crowded) count().then((presentCount) => this.#options.share({ presentCount }), failed);
    else this.#tellNames();
    this.#told = this.#count;
    this.#newcomers.clear();
    if (members.size > smallRoom) this.#pauseAWhile();
  }

  /** Nobody is left to be told anything. */
  close(): void {
    this.#pause?.cancel();
  }

  get #isFull(): boolean {
    return !this.#crowded && this.#count - this.#told >= maxChanges;
  }

  #tellNames(): void {
    const { share, tell } = this.#options;
    share(announcementOf(this.since(this.#told) ?? []), this.#newcomers);
    for (const [member, known] of this.#newcomers) {
      const changes = this.since(known) ?? [];
      if (changes.length > 0) tell(member, announcementOf(changes));
    }
  }

  #pauseAWhile(): void {
    this.#pause?.cancel();
    this.#isPaused = true;
    this.#pause = this.#options.clock.after(largeRoomPauseMs, () => {
      this.#isPaused = false;
      if (this.#told < this.#count && !this.#isWaiting) this.flush();
    });
  }
}

/** The list `present` with changes made to it. */
export function withChanges(present: readonly Present[], changes: readonly Change[]): readonly Present[] {
  if (changes.length === 0) return present;
  const byConnection = new Map(present.map((who) => [who.connection, who]));
  for (const { came, who } of changes) {
    if (came) byConnection.set(who.connection, who);
    else byConnection.delete(who.connection);
  }
  return [...byConnection.values()];
}

/** Who is there at the end is `joined`, who is not is `left`, also when the one or the other was so before. */
function announcementOf(changes: readonly Change[]): Announcement {
  const last = new Map(changes.map((change) => [change.who.connection, change]));
  const joined = [...last.values()].filter(({ came }) => came).map(({ who }) => who);
  const left = [...last.values()].filter(({ came }) => !came).map(({ who }) => who);
  return { ...(joined.length > 0 && { joined }), ...(left.length > 0 && { left }) };
}
