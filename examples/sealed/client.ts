import { readFile } from "node:fs/promises";
import { connect } from "@wardwire/client";
import { chat } from "./chat.contract.ts";

const { URL = "wss://localhost:8443/ws", TOKEN_FILE = "token", SERVER_KEY = "" } = process.env;
const token = () => readFile(TOKEN_FILE, "utf8");
// The pin comes with the program, never from the server it is to prove.
const client = await connect(URL, { contract: chat, token, serverKey: SERVER_KEY, require: "sealed" });
const room = await client.join("room", { roomId: "tea" });
await room.publish({ text: "hello" });
for await (const { sender, data } of room.messages) console.log(`${sender?.user}: ${data.text}`);
