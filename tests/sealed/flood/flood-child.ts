/**
 * The flood, in a process of its own and at the lowest priority, so that where cores are few it takes none from the gateway
 * or from who measures it. Each message 1 comes over a connection of its own, which a gateway answers once (HS-3.1), from
 * one of 250 addresses. All are made before the first is sent.
 */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { setPriority } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { encodeHeader } from "@wardwire/crypto/handshake/first-message";
import { sealedSubprotocol } from "@wardwire/wire/frames";
import { xWingBytes } from "../../../packages/crypto/src/primitives/x-wing.ts";
import { clientFrame, handshake, handshakeHeaders, opcodes } from "../../../packages/gateway/test/host/raw-client.ts";
import type { FloodOrders, FloodOutcome } from "./flood-process.ts";

const sources = 250;
/** Of ten messages one is garbage and two have been seen before; the others are new, and as a client's to their last byte but the tag. */
const kinds = [
  "fresh",
  "fresh",
  "replayed",
  "fresh",
  "fresh",
  "garbage",
  "fresh",
  "replayed",
  "fresh",
  "fresh",
] as const;
const tickMs = 5;

setPriority(19);
process.once("message", async (orders: FloodOrders) => {
  process.send?.(await flood(orders), () => process.disconnect());
});

async function flood(orders: FloodOrders): Promise<FloodOutcome> {
  const { perSecond, durationMs } = orders;
  const openings = Array.from({ length: perSecond }, (_, index) => openingOf(orders, kinds[index % kinds.length]));
  const answers = new Map<string, number>();
  let launched = 0;
  let open = 0;
  const launch = (): void => {
    const index = launched % openings.length;
    const opening = openings[index] as Buffer;
    if (launched >= openings.length && kinds[index % kinds.length] === "fresh") renew(opening);
    launched += 1;
    open += 1;
    send(orders.plainPort, `127.0.0.${2 + (launched % sources)}`, opening, (answer) => {
      open -= 1;
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    });
  };
  const startedAt = performance.now();
  for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs = performance.now() - startedAt) {
    while (launched < (elapsedMs / 1_000) * perSecond) launch();
    await delay(tickMs);
  }
  const tookMs = performance.now() - startedAt;
  for (let waited = 0; open > 0 && waited < 5_000; waited += tickMs) await delay(tickMs);
  return { launched, perSecond: launched / (tookMs / 1_000), answers: [...answers] };
}

/** Makes another message 1 of one that has been sent: its ciphertext differs, which ends 1,233 bytes before the end. */
function renew(opening: Buffer): void {
  const at = opening.length - 1_400;
  opening[at] = (opening[at] ?? 0) + 1;
}

/** Calls back with the close code, or with why there was none. It leaves at once then: who stayed would run into other bounds. */
function send(port: number, localAddress: string, opening: Buffer, answered: (answer: string) => void): void {
  const socket = connect({ port, host: "127.0.0.1", localAddress, noDelay: true });
  let answer = "nothing";
  socket.on("data", (bytes: Buffer) => {
    // Four bytes of a close frame without a reason end what a gateway says to message 1.
    const isClosing = bytes.at(-4) === 0x88;
    if (isClosing) answer = String(bytes.readUInt16BE(bytes.length - 2));
    else if (!bytes.includes("HTTP/1.1 101 ")) answer = bytes.toString("latin1", 9, 12);
    if (isClosing) socket.destroy();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => answered(answer));
  socket.write(opening);
}

/** An opening handshake with message 1 right behind it. */
function openingOf({ header }: FloodOrders, kind: (typeof kinds)[number] | undefined): Buffer {
  const upgrade = handshake([...handshakeHeaders, `Sec-WebSocket-Protocol: ${sealedSubprotocol}`]);
  const payload = kind === "fresh" ? firstMessage(header) : kind === "replayed" ? replayed(header) : randomBytes(2_426);
  return Buffer.concat([Buffer.from(upgrade), clientFrame({ opcode: opcodes.binary, payload })]);
}

function firstMessage({ origin, bundleVersion, kid }: FloodOrders["header"]): Buffer {
  const fields = { version: 1, suites: [1, 2], mode: 1, bundleVersion, origin, path: "/ws" } as const;
  const header = encodeHeader({ ...fields, kid: new Uint8Array(Buffer.from(kid, "hex")) });
  return Buffer.concat([header, randomBytes(xWingBytes.ciphertext + xWingBytes.publicKey + 17)]);
}

let seen: Buffer | undefined;

function replayed(header: FloodOrders["header"]): Buffer {
  seen ??= firstMessage(header);
  return seen;
}
