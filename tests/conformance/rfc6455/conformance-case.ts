import { clientFrame, closeFrame, opcodes } from "../../../packages/gateway/test/host/raw-client.ts";
import { describeFrame } from "./server-frames.ts";

/** What a client sends on a fresh connection, and every frame the echo answers until the connection has ended. */
export interface ConformanceCase {
  /** What is sent, and in brackets the section of RFC 6455 that decides the answer. */
  readonly name: string;
  readonly bytes: Buffer;
  /** In order, as {@link describeFrame} writes them; the last is the close frame. */
  readonly answers: readonly string[];
}

/** Frames a peer may send, each answered; a closing handshake behind them shows that the connection went on. */
export function accepted(name: string, sent: readonly Uint8Array[], answers: readonly string[]): ConformanceCase {
  const bytes = Buffer.concat([...sent, closeFrame(1000, "done")]);
  return { name, bytes, answers: [...answers, closed(1000, "done")] };
}

/** Frames after which the echo fails the connection with `code`; whatever stands behind them it leaves unanswered. */
export function failed(
  name: string,
  sent: readonly Uint8Array[],
  code: number,
  answers: readonly string[] = [],
): ConformanceCase {
  const ignored = [text("too late"), clientFrame({ opcode: opcodes.ping }), closeFrame(1000)];
  return { name, bytes: Buffer.concat([...sent, ...ignored]), answers: [...answers, closed(code)] };
}

/** A text frame with the whole message. */
export function text(payload: string | Uint8Array): Buffer {
  return clientFrame({ opcode: opcodes.text, payload });
}

/** A binary frame with the whole message. */
export function binary(payload: Uint8Array): Buffer {
  return clientFrame({ opcode: opcodes.binary, payload });
}

/** A ping frame. */
export function ping(payload: string | Uint8Array = ""): Buffer {
  return clientFrame({ opcode: opcodes.ping, payload });
}

/** A message in the fragments given. */
export function fragments(opcode: number, payloads: readonly (string | Uint8Array)[]): Buffer[] {
  return payloads.map((payload, i) =>
    clientFrame({ opcode: i === 0 ? opcode : opcodes.continuation, payload, fin: i === payloads.length - 1 }),
  );
}

/** The echo of a text message. */
export function echoedText(payload: string | Uint8Array): string {
  return describeFrame(opcodes.text, Buffer.from(payload as Uint8Array));
}

/** The echo of a binary message. */
export function echoedBinary(payload: Uint8Array): string {
  return describeFrame(opcodes.binary, payload);
}

/** The answer to a ping. */
export function ponged(payload: string | Uint8Array = ""): string {
  return describeFrame(opcodes.pong, Buffer.from(payload as Uint8Array));
}

/** The close frame of the echo; 1005 is one without a code. */
export function closed(code: number, reason = ""): string {
  return code === 1005 ? "close without a code" : `close ${code} ${JSON.stringify(reason)}`;
}
