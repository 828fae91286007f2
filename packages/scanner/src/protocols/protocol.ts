import type { Opening } from "../endpoint.ts";
import { opcodes } from "../raw/frame.ts";
import { describeNext, type Frame, type Next, type RawWebSocket } from "../raw/websocket.ts";
import type { Target } from "../target.ts";

/** A way to talk over a WebSocket, and how to begin. */
export interface Protocol {
  /** As people call it, such as `Socket.IO`. */
  readonly name: string;
  /** How it is made to answer in text; absent where it is binary only. */
  readonly text?: Exchange;
  /** How it is made to answer in binary; absent where it is text only. */
  readonly binary?: Exchange;
}

/** One exchange of messages that every sound endpoint of a protocol answers. */
export interface Exchange {
  /** What the protocol changes in the opening handshake. */
  readonly opening: (target: Target) => Opening;
  /** Talks on a fresh WebSocket. */
  readonly talk: (socket: RawWebSocket, how: Talk) => Promise<Conversation>;
}

export interface Talk {
  readonly target: Target;
  readonly timeoutMs: number;
  /** For protocols that take a token in a message; absent when the talk is anonymous. */
  readonly token?: string;
}

export interface Conversation {
  /** Whether the other side speaks this protocol. */
  readonly recognised: boolean;
  /** Whether it let us in; undefined when it did not say. */
  readonly admitted?: boolean;
  readonly sent: string;
  readonly evidence: string;
}

/** The messages of an exchange in which one message is sent and one awaited. */
interface QuestionAndAnswer {
  readonly message: string | Uint8Array;
  /** What the message is, for people; the message itself when left out. */
  readonly sent?: string;
  /** Whether an answer lets us in or turns us away; undefined when it is not this protocol's. */
  readonly judge: (answer: Buffer) => "admitted" | "refused" | "recognised" | undefined;
  /** Close codes that only this protocol uses to turn somebody away. */
  readonly refusals?: readonly number[];
}

/** Sends one message and judges the first answer that the protocol knows. */
export async function ask(socket: RawWebSocket, question: QuestionAndAnswer, timeoutMs: number): Promise<Conversation> {
  const { message, judge, refusals = [] } = question;
  const sent = question.sent ?? (typeof message === "string" ? `text ${message}` : "a binary message");
  socket.sendMessage(message);
  const isWanted = ({ opcode, payload }: Frame): boolean =>
    opcode === opcodes.close || (isData(opcode) && judge(payload) !== undefined);
  const next = await socket.find(isWanted, timeoutMs);
  const evidence = describeNext(next);
  if (next.kind !== "frame") return { recognised: false, sent, evidence };
  if (next.frame.opcode === opcodes.close) {
    const code = next.frame.payload.length < 2 ? 1005 : next.frame.payload.readUInt16BE();
    const refused = refusals.includes(code);
    return { recognised: refused, ...(refused && { admitted: false }), sent, evidence };
  }
  const judgement = judge(next.frame.payload);
  const admitted = judgement === "recognised" ? {} : { admitted: judgement === "admitted" };
  return { recognised: true, ...admitted, sent, evidence };
}

/** The first data message, or what came instead. */
export function firstMessage(socket: RawWebSocket, timeoutMs: number): Promise<Next> {
  return socket.find(({ opcode }) => isData(opcode) || opcode === opcodes.close, timeoutMs);
}

/** The object a JSON text stands for; undefined when it is none. */
export function jsonObject(text: string | Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text.toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Not JSON is an answer too.
    return undefined;
  }
}

function isData(opcode: number): boolean {
  return opcode === opcodes.text || opcode === opcodes.binary;
}
