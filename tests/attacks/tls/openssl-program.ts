import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

/** Why tests with Debian's `openssl` do not run here, or false. */
export const withoutOpenssl: string | false =
  spawnSync("openssl", ["version"]).status === 0
    ? false
    : "openssl is not installed; run: node tools/system-packages.ts";

/** The command `openssl` while it runs; `await using` ends it. */
export class Openssl implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = "";
  #heard: () => void = () => {};

  /** @param args its command and parameters */
  constructor(...args: readonly string[]) {
    this.#child = spawn("openssl", args, { stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        this.#heard();
      });
    }
    this.#child.stdin?.on("error", () => {});
    this.#closed = once(this.#child, "close").then(() => this.#heard());
  }

  /** Writes to its standard input. */
  say(text: string): void {
    this.#child.stdin?.write(text);
  }

  /**
   * Resolves with everything it has said once that matches.
   * @throws Error with what it said, when it ends first
   */
  async said(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#output)) {
      if (this.#child.exitCode !== null) throw new Error(`openssl did not say ${pattern}, but:\n${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
    return this.#output;
  }

  /**
   * Ends its standard input, at which a client hangs up once it has sent what it was told; resolves with all it has said,
   * some of which it keeps to the end.
   */
  async quit(): Promise<string> {
    this.#child.stdin?.end();
    await this.#closed;
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill("SIGKILL");
    await this.#closed;
  }
}
