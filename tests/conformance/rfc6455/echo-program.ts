import { RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { type Ended, Program } from "../../end-to-end/fixtures/program.ts";

/** `npm run conformance:echo` in a process of its own; `await using` stops it. */
export class EchoProgram implements AsyncDisposable {
  readonly url: string;
  readonly #program: Program;

  private constructor(program: Program, url: string) {
    this.#program = program;
    this.url = url;
  }

  /** Resolves when it listens, on a free port. */
  static async start(...parameters: readonly string[]): Promise<EchoProgram> {
    const program = echoCommand("--port", "0", ...parameters);
    const line = await program.line();
    const [, url] = /^listening on (wss?:\/\/127\.0\.0\.1:\d+)$/.exec(line) ?? [];
    if (url === undefined) throw new Error(`expected the line "listening on wss://127.0.0.1:PORT", got "${line}"`);
    return new EchoProgram(program, url);
  }

  /** A connection before its opening handshake. The certificate is fresh and nobody's: it is not looked at. */
  readonly connect = (): Promise<RawClient> => {
    const { protocol, port } = new URL(this.url);
    // The certificate is made afresh by the echo and is not what is judged.
    return RawClient.connect(Number(port), protocol === "wss:" ? { rejectUnauthorized: false } : undefined);
  };

  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<Ended> {
    return this.#program.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}

/** The command itself, called in any way. */
export function echoCommand(...parameters: readonly string[]): Program {
  return new Program(process.execPath, ["--conditions=@wardwire/source", "tools/conformance-echo.ts", ...parameters]);
}
