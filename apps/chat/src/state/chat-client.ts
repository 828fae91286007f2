import { type ChannelOf, type Client, type ConnectionOptions, createClient } from "@wardwire/client";
import { demo } from "@wardwire/contracts/demo";
import type { RoomKind } from "./address.ts";
import type { Person } from "./memory.ts";
import { fetchToken } from "./sign-in.ts";

/** The client of this page's contract. */
export type ChatClient = Client<typeof demo>;

/** A joined room. */
export type ChatChannel = ChannelOf<typeof demo, RoomKind>;

/** Makes a person's client, which connects at once. */
export type ConnectPerson = (person: Person, firstToken: string | undefined) => ChatClient;

/**
 * Connects to the gateway this page came from.
 *
 * @param host Host and port, as `location.host` gives them.
 * @param serverKey The pins of the gateway's keys; without them the connection is not sealed, and sealed rooms cannot be
 *   joined.
 * @returns a function whose `firstToken`, where there is one, is used before any is fetched.
 */
export function connectTo(host: string, serverKey: ConnectionOptions["serverKey"]): ConnectPerson {
  return (person, firstToken) => {
    let unused = firstToken;
    return createClient(`wss://${host}/ws`, {
      contract: demo,
      device: person.device,
      ...(serverKey === undefined ? {} : { serverKey }),
      token: async ({ signal }) => {
        const token = unused ?? (await fetchToken(person, signal));
        unused = undefined;
        return token;
      },
    });
  };
}
