import { once } from "node:events";
import { channelRecordType } from "@wardwire/crypto/channel-records/channel-header";
import { startHandshake } from "@wardwire/crypto/handshake/client-handshake";
import { suites } from "@wardwire/crypto/handshake/suites";
import { checkBundle, emptyBundleMemory, type TrustedBundle } from "@wardwire/crypto/keys/bundle-check";
import { parsePin } from "@wardwire/crypto/keys/pin";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { RecordSealer } from "@wardwire/crypto/session-records/record-sealer";
import { cborCodec } from "@wardwire/wire/cbor";
import { type ClientFrame, sealedSubprotocol, subprotocols } from "@wardwire/wire/frames";
import { WebSocket } from "ws";
import { type BroadcastPlace, broadcastText } from "./measure.ts";

/**
 * Joins the channel `transport` and calls back for each of its messages.
 *
 * @returns once it has joined
 */
export async function joinTransport({ port, ca }: BroadcastPlace, user: string, heard: () => void): Promise<void> {
  const socket = await open(port, ca, subprotocols.cbor, { authorization: `Bearer ${user}` });
  await answerTo(socket, bytesOf({ type: "connect", id: 1 }));
  await answerTo(socket, bytesOf({ type: "join", id: 2, channel: "transport", params: {} }));
  socket.on("message", (bytes: Buffer) => {
    // Several where the gateway had to wait for this member.
    for (let at = bytes.indexOf(broadcastText); at !== -1; at = bytes.indexOf(broadcastText, at + broadcastText.length))
      heard();
  });
}

/** As {@link joinTransport}, for `sealed`. What comes is counted and not opened: only the gateway's side is measured. */
export async function joinSealed(place: BroadcastPlace, user: string, heard: () => void): Promise<void> {
  const socket = await open(place.port, place.ca, sealedSubprotocol);
  const primitives = nodePrimitives;
  const bundle = await trustedBundle(place);
  const { message, awaiting } = await startHandshake({ primitives, bundle, origin: originOf(place), path: "/ws" });
  const session = await awaiting.receive(await answerTo(socket, message));
  const sealer = new RecordSealer({
    primitives,
    algorithm: suites[session.suite],
    side: "client",
    secret: session.clientTraffic,
    now: () => performance.now(),
  });
  const sealed = (type: "auth" | "data", frame: ClientFrame): Uint8Array => {
    const [record] = sealer.seal(type, bytesOf(frame));
    if (record === undefined) throw new Error("expected a record");
    return record;
  };
  await answerTo(socket, sealed("auth", { type: "connect", id: 1, token: user }));
  await answerTo(socket, sealed("data", { type: "join", id: 2, channel: "sealed", params: {} }));
  socket.on("message", (record: Buffer) => {
    if (record[0] === channelRecordType) heard();
  });
}

async function open(
  port: number,
  ca: string,
  protocol: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<WebSocket> {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/ws`, protocol, { ca, headers, perMessageDeflate: false });
  await once(socket, "open");
  return socket;
}

/** Sends a message and takes the next one. */
async function answerTo(socket: WebSocket, message: Uint8Array): Promise<Uint8Array> {
  const answer = once(socket, "message");
  socket.send(message);
  const [bytes] = (await answer) as [Buffer];
  return new Uint8Array(bytes);
}

function bytesOf(frame: ClientFrame): Uint8Array {
  return cborCodec.encode(frame) as Uint8Array;
}

let trusted: Promise<TrustedBundle> | undefined;

function trustedBundle(place: BroadcastPlace): Promise<TrustedBundle> {
  trusted ??= check(place);
  return trusted;
}

async function check(place: BroadcastPlace): Promise<TrustedBundle> {
  const trust = {
    pins: [parsePin(place.pin)],
    origin: originOf(place),
    protocol: 1,
    memory: emptyBundleMemory,
    nowMs: Date.now(),
  };
  const verdict = await checkBundle(nodePrimitives, Buffer.from(place.bundle, "hex"), trust);
  if ("refused" in verdict) throw verdict.refused;
  return verdict.bundle;
}

function originOf({ port }: BroadcastPlace): string {
  return `https://127.0.0.1:${port}`;
}
