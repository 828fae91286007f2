import { isRoomId, isRoomKind, type RoomAddress } from "./address.ts";

/** Who is signed in here. There is no token in it: one is fetched anew whenever it is needed. */
export interface Person {
  readonly name: string;
  /** This browser's name among the person's devices. */
  readonly device: string;
}

/** A room to come back to, with the title it was last given. */
export interface RememberedRoom extends RoomAddress {
  readonly title?: string;
}

/** What a reload comes back to, shared by all tabs. Whatever is damaged counts as absent. */
export interface Memory {
  person(): Person | undefined;
  keepPerson(person: Person): void;
  /** `undefined` for somebody who has been nowhere yet, which is not the same as having left every room. */
  rooms(): readonly RememberedRoom[] | undefined;
  keepRooms(rooms: readonly RememberedRoom[]): void;
  /** The key of the room that was looked at last. */
  selected(): string | undefined;
  keepSelected(key: string): void;
  /** Forgets everything. */
  clear(): void;
  /** Tells when another tab has signed in or out (`person`), or joined, left or renamed a room (`rooms`). */
  watch(listener: (what: "person" | "rooms") => void): () => void;
}

const keys = {
  person: "wardwire.chat.person",
  rooms: "wardwire.chat.rooms",
  selected: "wardwire.chat.selected",
} as const;

/** The most rooms that are remembered; a gateway lets a connection join 128. */
const maxRooms = 64;

/**
 * Keeps what a reload needs in the browser's local storage. Where that is switched off, nothing is remembered.
 *
 * @param events What `storage` events are dispatched to: the window.
 */
export function createMemory(storage: Storage | undefined, events: EventTarget): Memory {
  const read = (key: string): unknown => parseJson(attempt(() => storage?.getItem(key)) ?? undefined);
  const write = (key: string, value: unknown): void => attempt(() => storage?.setItem(key, JSON.stringify(value)));
  return {
    person: () => parsePerson(read(keys.person)),
    keepPerson: (person) => write(keys.person, person),
    rooms: () => parseRooms(read(keys.rooms)),
    keepRooms: (rooms) => write(keys.rooms, rooms.slice(0, maxRooms)),
    selected: () => textOf(read(keys.selected)),
    keepSelected: (key) => write(keys.selected, key),
    clear: () => {
      for (const key of Object.values(keys)) attempt(() => storage?.removeItem(key));
    },
    watch: (listener) => {
      const stop = new AbortController();
      const hear = (event: Event): void => {
        const key = "key" in event ? event.key : undefined;
        // Null stands for a storage that was cleared as a whole.
        if (key === keys.person || key === null) listener("person");
        else if (key === keys.rooms) listener("rooms");
      };
      events.addEventListener("storage", hear, { signal: stop.signal });
      return () => stop.abort();
    },
  };
}

/** Storage throws when it is full or forbidden; the page then works without memory. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function parseJson(text: string | undefined): unknown {
  return text === undefined ? undefined : attempt(() => JSON.parse(text));
}

function parsePerson(value: unknown): Person | undefined {
  if (!isRecord(value)) return undefined;
  const name = textOf(value["name"]);
  const device = textOf(value["device"]);
  return name === undefined || device === undefined ? undefined : { name, device };
}

function parseRooms(value: unknown): readonly RememberedRoom[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.slice(0, maxRooms).flatMap((room: unknown): RememberedRoom[] => {
    if (!isRecord(room)) return [];
    const { kind, roomId } = room;
    if (!isRoomKind(kind) || !isRoomId(roomId)) return [];
    const title = textOf(room["title"]);
    return [{ kind, roomId, ...(title === undefined ? {} : { title }) }];
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= 200 ? value : undefined;
}
