/**
 * A session over Node's global WebSocket (undici), in a process of its own. Prints one JSON document about it.
 * The argument says where the token goes: `authorization` (the handshake) or `connect` (the first frame).
 */
import { once } from "node:events";

const { URL: url = "", ORIGIN: origin = "", TOKEN: token = "" } = process.env;
const isInHandshake = process.argv[2] === "authorization";
const headers = isInHandshake ? { authorization: `Bearer ${token}` } : { origin };
// undici takes options where browsers take the subprotocols only.
const options = { headers, protocols: ["wardwire.v1.json"] } as unknown as string[];

const socket = new WebSocket(url, options);
const frames: Readonly<Record<string, unknown>>[] = [];
const received = new EventTarget();
socket.addEventListener("message", ({ data }) => {
  for (const line of String(data).split("\n").filter(Boolean)) frames.push(JSON.parse(line));
  received.dispatchEvent(new Event("frames"));
});
socket.addEventListener("error", () => process.exit(1));
await once(socket, "open");

send({ type: "connect", id: 1, ...(isInHandshake ? {} : { token }) });
await frame((each) => each["id"] === 1);
send({ type: "join", id: 2, channel: "lobby", params: { roomId: "tea" } });
const { channel } = await frame((each) => each["id"] === 2);
send(
  { type: "publish", id: 3, channel, data: { text: "hello" } },
  { type: "call", id: 4, command: "renameRoom", input: { roomId: "tea", title: "Tea" } },
);
const message = await frame((each) => each["type"] === "message");
await Promise.all([3, 4].map((id) => frame((each) => each["id"] === id)));
await frame((each) => each["type"] === "notification");

socket.close(1000);
const [{ code, wasClean }] = await once(socket, "close");
const { connection: _, ...from } = message["from"] as Readonly<Record<string, string>>;
const types = frames.map((each) => each["type"]).sort();
const { protocol, extensions } = socket;
console.log(JSON.stringify({ protocol, extensions, types, from, closed: { code, wasClean } }));

function send(...sent: readonly Readonly<Record<string, unknown>>[]): void {
  socket.send(sent.map((each) => JSON.stringify(each)).join("\n"));
}

async function frame(matches: (frame: Readonly<Record<string, unknown>>) => boolean) {
  for (;;) {
    const found = frames.find(matches);
    if (found !== undefined) return found;
    await once(received, "frames");
  }
}
