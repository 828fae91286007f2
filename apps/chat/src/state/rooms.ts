import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { addressKey, isSameAddress, type RoomAddress } from "./address.ts";
import type { ChatClient } from "./chat-client.ts";
import type { Memory, RememberedRoom } from "./memory.ts";
import { Room } from "./room/room.ts";

/** Where a person goes who has been nowhere yet: the room the command line's examples speak of. */
const firstRoom: RememberedRoom = { kind: "lobby", roomId: "tea" };

/** The rooms one is in, their titles, and the one that is shown. All of it is kept in the memory. */
export class Rooms {
  /** The room that is shown; the first one when the last choice is gone. */
  readonly selected: ReadonlySignal<Room | undefined> = computed(
    () =>
      this.#list.value.find(({ address }) => addressKey(address) === this.#selectedKey.value) ?? this.#list.value[0],
  );
  /** Unread messages of all rooms. */
  readonly unread: ReadonlySignal<number> = computed(() =>
    this.#list.value.reduce((sum, { unread }) => sum + unread.value, 0),
  );
  readonly #client: ChatClient;
  readonly #memory: Memory;
  readonly #isVisible: ReadonlySignal<boolean>;
  readonly #list = signal<readonly Room[]>([]);
  readonly #selectedKey = signal<string | undefined>(undefined);
  readonly #titles = signal<ReadonlyMap<string, string>>(new Map());
  readonly #stops: readonly (() => void)[];

  /**
   * Joins the rooms of the last visit.
   *
   * @param isVisible Whether the page can be seen now.
   */
  constructor(client: ChatClient, memory: Memory, isVisible: ReadonlySignal<boolean>) {
    this.#client = client;
    this.#memory = memory;
    this.#isVisible = isVisible;
    this.#selectedKey.value = memory.selected();
    this.follow(memory.rooms() ?? [firstRoom]);
    client.addEventListener("notification", ({ detail: { data } }) => this.#setTitle(data.roomId, data.title));
    this.#stops = [
      effect(() => memory.keepRooms(this.#remembered())),
      effect(() => {
        if (isVisible.value) this.selected.value?.markRead();
      }),
    ];
  }

  get list(): ReadonlySignal<readonly Room[]> {
    return this.#list;
  }

  /** What a room is called: its title, or its id while it has none. */
  titleOf({ roomId }: RoomAddress): string {
    return this.#titles.value.get(roomId) ?? roomId;
  }

  /** Joins a room unless one is in it, and shows it. */
  open(address: RoomAddress): void {
    batch(() => {
      this.#add(address);
      this.#select(address);
    });
  }

  select({ address }: Room): void {
    this.#select(address);
  }

  leave(room: Room): void {
    this.#list.value = this.#list.value.filter((each) => each !== room);
    room.leave();
  }

  /**
   * Renames a room by the contract's command; everyone in it is notified.
   *
   * @throws ClientError as `Client.call`
   */
  async rename({ address: { roomId } }: Room, title: string): Promise<void> {
    const accepted = await this.#client.call("renameRoom", { roomId, title });
    this.#setTitle(roomId, accepted.title);
  }

  /** Joins and leaves what another tab has. */
  follow(remembered: readonly RememberedRoom[]): void {
    batch(() => {
      for (const { roomId, title } of remembered) if (title !== undefined) this.#setTitle(roomId, title);
      for (const room of this.#list.value) {
        if (!remembered.some((each) => isSameAddress(each, room.address))) this.leave(room);
      }
      for (const { kind, roomId } of remembered) this.#add({ kind, roomId });
    });
  }

  /** Stops remembering. */
  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #add(address: RoomAddress): void {
    if (this.#list.value.some((room) => isSameAddress(room.address, address))) return;
    const isWatched = (): boolean => this.#isVisible.value && this.selected.value === room;
    const room = new Room(this.#client, address, isWatched);
    this.#list.value = [...this.#list.value, room];
    room.join();
  }

  #select(address: RoomAddress): void {
    this.#selectedKey.value = addressKey(address);
    this.#memory.keepSelected(addressKey(address));
  }

  #setTitle(roomId: string, title: string): void {
    if (this.#titles.value.get(roomId) !== title) {
      this.#titles.value = new Map(this.#titles.value).set(roomId, title);
    }
  }

  #remembered(): readonly RememberedRoom[] {
    return this.#list.value.map(({ address }) => {
      const title = this.#titles.value.get(address.roomId);
      return { ...address, ...(title === undefined ? {} : { title }) };
    });
  }
}
