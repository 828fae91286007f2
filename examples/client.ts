import { readFile } from "node:fs/promises";
import { connect } from "@wardwire/client";
import { chat } from "./chat.contract.ts";

const { URL = "wss://localhost:8443/ws", TOKEN_FILE = "token" } = process.env;
const client = await connect(URL, { contract: chat, token: () => readFile(TOKEN_FILE, "utf8") });
const room = await client.join("room", { roomId: "tea" });
await room.publish({ text: "hello" });
for await (const { sender, data } of room.messages) console.log(`${sender?.user}: ${data.text}`);
