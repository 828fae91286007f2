import type { Connection } from "./connection.ts";

/** Every connection of this process, and those of each user. */
export class ConnectionDirectory {
  readonly #all = new Set<Connection>();
  readonly #byUser = new Map<string, Set<Connection>>();
  #emptied: (() => void)[] = [];
  #sendAway: ((connection: Connection) => void) | undefined;

  /** All connections, authenticated or not. */
  get all(): ReadonlySet<Connection> {
    return this.#all;
  }

  /** The authenticated connections of a user. */
  ofUser(user: string): ReadonlySet<Connection> {
    return this.#byUser.get(user) ?? new Set();
  }

  /** Notes an open socket. */
  add(connection: Connection): void {
    this.#all.add(connection);
    this.#sendAway?.(connection);
  }

  /** Notes whose connection it is, once it has authenticated. */
  assign(connection: Connection, user: string): void {
    const connections = this.#byUser.get(user);
    if (connections === undefined) this.#byUser.set(user, new Set([connection]));
    else connections.add(connection);
  }

  /** Forgets a closed connection. */
  remove(connection: Connection, user: string | undefined): void {
    this.#all.delete(connection);
    const connections = user === undefined ? undefined : this.#byUser.get(user);
    connections?.delete(connection);
    if (user !== undefined && connections?.size === 0) this.#byUser.delete(user);
    if (this.#all.size > 0) return;
    for (const resolve of this.#emptied) resolve();
    this.#emptied = [];
  }

  /**
   * Has `sendAway` called for every connection, those included whose handshake is still being answered and which open
   * later. Resolves when there is none.
   */
  sendAllAway(sendAway: (connection: Connection) => void): Promise<void> {
    this.#sendAway = sendAway;
    for (const connection of [...this.#all]) sendAway(connection);
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#emptied.push(resolve));
  }
}
