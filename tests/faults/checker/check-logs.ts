import type { ClientLog, LogEntry, LoggedPosition } from "./log.ts";

/** What the guarantee forbids. */
export type ViolationKind =
  /** A message acknowledged to its publisher is not where it was said to be, and nobody was told. */
  | "lost"
  | "reordered"
  | "duplicate"
  /** Received in a channel one is not in, or in another one than it was published to. */
  | "foreign"
  | "after-revocation"
  /** Positions jumped, and the application was not told. */
  | "silent-gap";

/** One breach of the guarantee, with what a person needs to find it in the logs. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly client: string;
  readonly channel: string;
  readonly text: string;
}

/** From a revocation to the last message that may still arrive, in ms (R40). */
export const revocationGraceMs = 1_000;

/**
 * Holds logs against the guarantee: per channel one order by (stream, offset), nothing twice, nothing lost in silence,
 * nothing of others, nothing after a revocation. It knows nothing of how the logs came about.
 *
 * @returns every violation; empty when the guarantee held.
 */
export function checkLogs(logs: readonly ClientLog[]): readonly Violation[] {
  const sends = collectSends(logs);
  const violations: Violation[] = [];
  const told = new Map<string, string>();
  for (const log of logs) {
    const reader = new Reader(log.client, sends, told, (violation) => violations.push(violation));
    for (const entry of log.entries) reader.read(entry);
    reader.end();
  }
  return violations;
}

/** A message that was sent, and where its publisher was told it stands. */
interface Send {
  readonly channel: string;
  place: LoggedPosition | undefined;
}

function collectSends(logs: readonly ClientLog[]): ReadonlyMap<string, Send> {
  const sends = new Map<string, Send>();
  const entries = logs.flatMap((log) => log.entries);
  for (const entry of entries) {
    if (entry.event === "sent") sends.set(entry.send, { channel: entry.channel, place: undefined });
  }
  for (const entry of entries) {
    const send = entry.event === "acknowledged" ? sends.get(entry.send) : undefined;
    if (send !== undefined && entry.event === "acknowledged") {
      send.place = { stream: entry.stream, offset: entry.offset };
    }
  }
  return sends;
}

/** What one client knows of one channel. */
interface View {
  joined: boolean;
  /** Said to have everything there is. */
  settled: boolean;
  position: LoggedPosition;
  /** What it may be asked for at the end: everything after these positions, one a stream, less the gaps it was told of. */
  readonly since: Map<string, number>;
  readonly gaps: { readonly stream: string; readonly after: number; readonly upTo: number }[];
  readonly received: Map<string, string>;
  readonly sends: Set<string>;
}

/** Reads the log of one client from its beginning to its end. */
class Reader {
  readonly #client: string;
  readonly #sends: ReadonlyMap<string, Send>;
  /** What stands at a position, by whoever received it first: all must agree. */
  readonly #told: Map<string, string>;
  readonly #report: (violation: Violation) => void;
  readonly #views = new Map<string, View>();
  #revokedAt = Number.POSITIVE_INFINITY;

  constructor(
    client: string,
    sends: ReadonlyMap<string, Send>,
    told: Map<string, string>,
    report: (violation: Violation) => void,
  ) {
    this.#client = client;
    this.#sends = sends;
    this.#told = told;
    this.#report = report;
  }

  read(entry: LogEntry): void {
    switch (entry.event) {
      case "sent":
      case "acknowledged":
        break;
      case "joined":
        this.#joined(entry);
        break;
      case "left":
        this.#view(entry.channel).joined = false;
        break;
      case "received":
        this.#received(entry);
        break;
      case "gap":
        this.#gap(entry);
        break;
      case "revoked":
        this.#revokedAt = entry.at;
        break;
      case "settled":
        this.#view(entry.channel).settled = true;
        this.#moved(entry.channel, entry.position);
        break;
      default:
        entry satisfies never;
    }
  }

  /** Whatever was acknowledged while this client was there must have reached it, or been told of as missing. */
  end(): void {
    for (const [channel, view] of this.#views) {
      for (const [name, { channel: home, place }] of this.#sends) {
        if (home !== channel || place === undefined || view.sends.has(name)) continue;
        const { stream, offset } = place;
        const since = view.since.get(stream) ?? Number.POSITIVE_INFINITY;
        const isStillToCome = !view.settled && stream === view.position.stream && offset > view.position.offset;
        if (offset <= since || isStillToCome || isTold(view, stream, offset)) continue;
        this.#violation("lost", channel, `${name}, acknowledged at ${offset} of ${stream}, never arrived`);
      }
    }
  }

  #joined({ channel, position, recovered }: Extract<LogEntry, { event: "joined" }>): void {
    const view = this.#view(channel);
    view.joined = true;
    if (recovered === true) this.#moved(channel, position);
    else this.#stand(view, position);
  }

  #received(entry: Extract<LogEntry, { event: "received" }>): void {
    const { channel, stream, offset, send, at } = entry;
    const view = this.#view(channel);
    const where = `${send} at ${offset} of ${stream}`;
    if (at > this.#revokedAt + revocationGraceMs) {
      this.#violation("after-revocation", channel, `${where} came ${at - this.#revokedAt} ms after the revocation`);
    }
    const origin = this.#sends.get(send);
    if (!view.joined || origin?.channel !== channel) {
      const why = view.joined ? `was published to ${origin?.channel ?? "no channel"}` : "came without being joined";
      this.#violation("foreign", channel, `${where} ${why}`);
      return;
    }
    const place = `${channel} ${stream} ${offset}`;
    if (view.received.has(place) || view.sends.has(send)) {
      this.#violation("duplicate", channel, `${where} had been received before`);
      return;
    }
    this.#agree(entry, place);
    view.received.set(place, send);
    view.sends.add(send);
    if (stream === view.position.stream && offset <= view.position.offset) {
      this.#violation("reordered", channel, `${where} came after ${view.position.offset}`);
      return;
    }
    this.#moved(channel, { stream, offset: offset - 1 });
    view.position = { stream, offset };
  }

  /** A position holds one message, for whoever looks and whoever published it. */
  #agree({ channel, stream, offset, send }: Extract<LogEntry, { event: "received" }>, place: string): void {
    const other = this.#told.get(place) ?? send;
    this.#told.set(place, other);
    if (other !== send) this.#violation("lost", channel, `${offset} is ${send} here and ${other} elsewhere`);
    const acknowledged = this.#sends.get(send)?.place;
    if (acknowledged?.stream === stream && acknowledged.offset !== offset) {
      this.#violation("reordered", channel, `${send} was acknowledged at ${acknowledged.offset} and came at ${offset}`);
    }
  }

  /** Only noted: the application hears of a gap at once, and may read what came before it later. */
  #gap({ channel, since, position }: Extract<LogEntry, { event: "gap" }>): void {
    const { gaps } = this.#view(channel);
    const isSameStream = since.stream === position.stream;
    gaps.push({ stream: position.stream, after: isSameStream ? since.offset : 0, upTo: position.offset });
    if (!isSameStream) gaps.push({ stream: since.stream, after: since.offset, upTo: Number.POSITIVE_INFINITY });
  }

  /** The client says it has everything up to here; every step on the way must have been received or told of. */
  #moved(channel: string, to: LoggedPosition): void {
    const view = this.#view(channel);
    const { stream, offset } = view.position;
    const isOtherStream = stream !== to.stream;
    if (isOtherStream && !isTold(view, stream, Number.POSITIVE_INFINITY)) {
      this.#violation("silent-gap", channel, `from ${offset} of ${stream} to ${to.offset} of ${to.stream}`);
      this.#stand(view, to);
      return;
    }
    for (let missing = isOtherStream ? 1 : offset + 1; missing <= to.offset; missing += 1) {
      if (isTold(view, to.stream, missing)) continue;
      this.#violation("silent-gap", channel, `${missing} of ${to.stream} is missing, and nobody was told`);
      break;
    }
    if (isOtherStream || to.offset > offset) this.#stand(view, to);
  }

  #stand(view: View, position: LoggedPosition): void {
    view.position = position;
    if (!view.since.has(position.stream)) view.since.set(position.stream, position.offset);
  }

  #view(channel: string): View {
    const known = this.#views.get(channel);
    if (known !== undefined) return known;
    const view: View = {
      joined: false,
      settled: false,
      position: { stream: "", offset: 0 },
      since: new Map(),
      gaps: [],
      received: new Map(),
      sends: new Set(),
    };
    this.#views.set(channel, view);
    return view;
  }

  #violation(kind: ViolationKind, channel: string, text: string): void {
    this.#report({ kind, client: this.#client, channel, text });
  }
}

function isTold({ gaps }: View, stream: string, offset: number): boolean {
  return gaps.some((gap) => gap.stream === stream && offset > gap.after && offset <= gap.upTo);
}
