import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../../bin/wardwire.js", import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs the real command, as a shell would, to its end. */
export async function runCommand(words: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  await using running = startCommand(words, surroundings);
  return await running.ended;
}

/** A real command that is running. Leaving the scope ends it, by its process id. */
export interface Running extends AsyncDisposable {
  readonly ended: Promise<Ended>;
  /** The next line of standard output. */
  nextLine(): Promise<string>;
  /** The next line of standard error. */
  nextErrorLine(): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

export function startCommand(words: readonly string[], { env = {}, input = "" }: Surroundings = {}): Running {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(process.execPath, [launcher, ...words], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
  });
  child.stdin.on("error", () => undefined).end(input);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const errorLines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  const next = async (from: AsyncIterator<string>): Promise<string> => {
    const { value, done } = await from.next();
    if (done) throw new Error(`the command ended: ${stderr}`);
    return value;
  };
  const ended = once(child, "close").then(([code]): Ended => ({ code, stdout, stderr }));
  return {
    ended,
    nextLine: () => next(lines),
    nextErrorLine: () => next(errorLines),
    kill: (signal) => {
      child.kill(signal);
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
}
