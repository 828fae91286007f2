import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** The two channels that are compared: the same but for their protection. */
export type BroadcastChannel = "transport" | "sealed";

/** Where the gateway is. */
export interface BroadcastPlace {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
  /** The signed key bundle, in hexadecimal. */
  readonly bundle: string;
  readonly pin: string;
}

/** What every message says. */
export const broadcastText: string = "x".repeat(100);

/** What the gateway's process is asked. */
export type GatewayQuestion =
  | {
      readonly ask: "publish";
      readonly channel: BroadcastChannel;
      readonly messages: number;
      readonly pauseMs: number;
    }
  | { readonly ask: "cpu" };

/** What it answers: the processor time of all its threads so far. */
export interface GatewayAnswer {
  readonly cpuMicros: number;
}

/** What the members' process is asked: it answers when it is so. */
export type MembersQuestion =
  | {
      readonly ask: "join";
      readonly place: BroadcastPlace;
      readonly channel: BroadcastChannel;
      readonly members: number;
    }
  | { readonly ask: "heard"; readonly messages: number };

/** How much is measured. */
export interface BroadcastOptions {
  /** Of each channel. */
  readonly members: number;
  /** In each of which both channels are measured, one after the other. */
  readonly rounds: number;
  /** Of one channel in one round; a delivery is one message to one member. */
  readonly deliveries: number;
}

/** Processor time of the gateway's process in one round, in microseconds a delivery. */
export type Round = Readonly<Record<BroadcastChannel, number>>;

/** Measures what a delivery costs the gateway on a channel of each protection, in turn and in the same run. */
export async function measureBroadcast({ members, rounds, deliveries }: BroadcastOptions): Promise<readonly Round[]> {
  await using gateway = new Child("gateway-child.ts");
  const place = await gateway.next<BroadcastPlace>();
  await using crowd = new Child("members-child.ts");
  for (const channel of ["transport", "sealed"] as const) {
    await crowd.ask<string>({ ask: "join", place, channel, members } satisfies MembersQuestion);
  }
  const messages = Math.ceil(deliveries / members);
  const cost = async (channel: BroadcastChannel): Promise<number> => {
    const heard = crowd.ask({ ask: "heard", messages: messages * members } satisfies MembersQuestion);
    const before = await gateway.ask<GatewayAnswer>({ ask: "cpu" } satisfies GatewayQuestion);
    await gateway.ask({
      ask: "publish",
      channel,
      messages,
      pauseMs: members * pausePerMemberMs,
    } satisfies GatewayQuestion);
    await heard;
    const after = await gateway.ask<GatewayAnswer>({ ask: "cpu" } satisfies GatewayQuestion);
    return (after.cpuMicros - before.cpuMicros) / (messages * members);
  };
  // Whatever is compiled and allocated once is so before anything is measured.
  for (let round = 0; round < warmingUp; round += 1) {
    for (const channel of ["transport", "sealed"] as const) await cost(channel);
  }
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Who comes first changes, so that neither always follows the other.
    const isEven = round % 2 === 0;
    const first = await cost(isEven ? "transport" : "sealed");
    const second = await cost(isEven ? "sealed" : "transport");
    measured.push(isEven ? { transport: first, sealed: second } : { transport: second, sealed: first });
  }
  return measured;
}

/** Between two messages: what is published faster than it is sent shares a WebSocket message, on a transport channel only. */
const pausePerMemberMs = 0.04;

/** Rounds that are not counted: in the first ones a sealed delivery costs half as much again, while its code is compiled. */
const warmingUp = 5;

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A program of this folder in a process of its own; `await using` ends it. */
class Child implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  constructor(program: string) {
    this.#child = fork(join(import.meta.dirname, program), { execArgv: ["--conditions=@wardwire/source"] });
    this.#ended = once(this.#child, "exit").then(([code]): never => {
      throw new Error(`${program} ended with ${code}`);
    });
    this.#ended.catch(() => undefined);
  }

  /**
   * The next thing it says.
   *
   * @throws Error when it ends before
   */
  async next<Answer>(): Promise<Answer> {
    const [answer] = (await Promise.race([once(this.#child, "message"), this.#ended])) as [Answer];
    return answer;
  }

  ask<Answer>(question: GatewayQuestion | MembersQuestion): Promise<Answer> {
    const answer = this.next<Answer>();
    this.#child.send(question);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended.catch(() => undefined);
  }
}
