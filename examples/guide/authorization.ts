import { allow, createGateway, deny } from "@wardwire/gateway";
import { chat } from "../chat.contract.ts";
import { byToken } from "./tokens.ts";

/** Who is in which room, and who owns it: the application's own knowledge. */
export interface Rooms {
  readonly members: Map<string, Set<string>>;
  readonly owners: Map<string, string>;
}

/** A gateway whose rooms are open to their members, and renamed by their owners. */
export function gatewayOf({ members, owners }: Rooms) {
  return createGateway({
    contract: chat,
    allowedOrigins: ["https://chat.example"],
    authenticate: byToken,
    authorize: ({ identity: { userId }, operation, channel, command }) => {
      if (operation === "call") return owners.get(command.input.roomId) === userId ? allow() : deny("not-the-owner");
      return members.get(channel.params.roomId)?.has(userId) ? allow() : deny("not-a-member");
    },
    commands: { renameRoom: ({ input }) => ({ title: input.title }) },
  });
}

/** Takes a member out of a room, at once where they are connected. */
export async function expel(gateway: ReturnType<typeof gatewayOf>, { members }: Rooms, roomId: string, user: string) {
  members.get(roomId)?.delete(user);
  return gateway.reauthorize({ user });
}
