import { connect } from "@wardwire/client";
import { chat } from "../chat.contract.ts";

/** Says hello in a room and prints what the others say, until the client is closed. */
export async function greet(url: string, token: () => Promise<string>) {
  const client = await connect(url, { contract: chat, token });
  const room = await client.join("room", { roomId: "tea" });
  await room.publish({ text: "hello" });
  const { title } = await client.call("renameRoom", { roomId: "tea", title: "Tea and cake" });
  console.log(`the room is called ${title}`);
  for await (const { sender, data } of room.messages) console.log(`${sender?.user}: ${data.text}`);
}
