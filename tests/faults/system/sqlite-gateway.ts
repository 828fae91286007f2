import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { GatewayLimits } from "@wardwire/gateway/options";
import { type ProductionFiles, productionFiles } from "../../../packages/cli/test/support/production-files.ts";
import { countDescriptors } from "../../attacks/fuzz/gateway-process.ts";
import type { Ended, Program } from "../../end-to-end/fixtures/program.ts";
import { startWardwire } from "../../end-to-end/fixtures/wardwire.ts";

/** What a gateway is started with; what is left out is as in production. */
export interface SqliteGatewayOptions {
  readonly limits?: Partial<GatewayLimits>;
  /** The most the database may take. */
  readonly maxFileBytes?: number;
}

/** A database other than the gateway's own. */
interface DatabaseOptions {
  readonly file?: string;
  readonly maxFileBytes?: number;
}

/** A line of the gateway's log. */
export interface Disconnection {
  /** ISO 8601. */
  readonly time: string;
  readonly user: string;
  readonly code: number;
}

/**
 * A production gateway in a process of its own: `wardwire serve` with `application.ts` and the engine sqlite. It keeps its
 * port and its database over restarts; `await using` ends it and removes its files.
 */
export class SqliteGateway implements AsyncDisposable {
  readonly #files: ProductionFiles;
  #configuration: object;
  #program: Program;
  #port = 0;

  private constructor(files: ProductionFiles, configuration: object) {
    this.#files = files;
    this.#configuration = configuration;
    this.#program = this.#launch();
  }

  /** Starts one with a new database; resolves when it listens. */
  static async start({ limits = {}, maxFileBytes }: SqliteGatewayOptions = {}): Promise<SqliteGateway> {
    const gateway = new SqliteGateway(await productionFiles(), {
      application: fileURLToPath(new URL("./application.ts", import.meta.url)),
      admin: { port: 0, dataFolder: "admin" },
      engine: engineOf(maxFileBytes),
      limits: { ...unhurried, ...limits },
    });
    await gateway.#listening();
    return gateway;
  }

  get port(): number {
    return this.#port;
  }

  /** PEM. */
  get ca(): string {
    return readFileSync(this.#files.certificate, "utf8");
  }

  /** Of the database. */
  get database(): string {
    return this.#files.at(databaseName);
  }

  /** Of the admin API's credentials. */
  get dataFolder(): string {
    return this.#files.at("admin");
  }

  get descriptors(): number {
    return countDescriptors(this.#program.pid);
  }

  /** Memory the process has, in bytes; 0 on systems without /proc. */
  get residentBytes(): number {
    if (process.platform !== "linux") return 0;
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#program.pid}/status`, "utf8")) ?? [];
    return Number(kibibytes) * 1_024;
  }

  /** What its log says of connections that ended, since it was started. */
  get disconnections(): readonly Disconnection[] {
    return this.#logged('"event":"disconnected"').map((line) => JSON.parse(line));
  }

  /** What its log says of failures inside it, since it was started: no client may bring one about. */
  get failures(): readonly string[] {
    return [...this.#logged('"event":"failure"'), ...this.#logged('"event":"crash"')];
  }

  /** Resolves once its log says this. */
  async said(pattern: RegExp): Promise<void> {
    await this.#program.said(pattern);
  }

  /** A token for a few minutes. */
  token(user: string): Promise<string> {
    return this.#files.token(user);
  }

  /** Ends the process without a chance to tidy up, or as `signal` asks it to. */
  kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Ended> {
    return this.#program.stop(signal);
  }

  /** Starts it again, as before or with a database of another size; resolves when it listens. */
  async restart({ maxFileBytes }: Pick<SqliteGatewayOptions, "maxFileBytes"> = {}): Promise<void> {
    if (maxFileBytes !== undefined) this.#configuration = { ...this.#configuration, engine: engineOf(maxFileBytes) };
    this.#program = this.#launch();
    await this.#listening();
  }

  /** Starts one like it, on a port of its own and the same database or another one, which is expected to end by itself. */
  async startInVain({ file = databaseName, ...bounds }: DatabaseOptions = {}): Promise<Ended> {
    const engine = { sqlite: { file, ...bounds } };
    this.#files.configure({ ...this.#configuration, listen: { port: 0, host: "127.0.0.1" }, engine });
    await using program = startWardwire(["serve", "--config", this.#files.config]);
    return await program.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#files[Symbol.dispose]();
  }

  #logged(event: string): readonly string[] {
    // Behind the last line break there is nothing yet, or a part of a line.
    const lines = this.#program.stderr.split("\n").slice(0, -1);
    return lines.filter((line) => line.includes(event));
  }

  #launch(): Program {
    this.#files.configure({ ...this.#configuration, listen: { port: this.#port, host: "127.0.0.1" } });
    return startWardwire(["serve", "--config", this.#files.config]);
  }

  async #listening(): Promise<void> {
    const [line] = await this.#program.said(/^\{.*"event":"listening".*\}$/m);
    this.#port = JSON.parse(line).addresses[0].port;
  }
}

function engineOf(maxFileBytes: number | undefined): object {
  return { sqlite: { file: databaseName, ...(maxFileBytes === undefined ? {} : { maxFileBytes }) } };
}

const databaseName = "channels.db";

/** Rates no test client reaches: these tests are about faults, and budgets have their own. */
const unhurried: Partial<GatewayLimits> = {
  messagesPerSecond: 100_000,
  messageBurst: 100_000,
  bytesPerSecond: 1_000_000_000,
  byteBurst: 1_000_000_000,
  messagesPerSecondPerIp: 100_000,
  messageBurstPerIp: 100_000,
  bytesPerSecondPerIp: 1_000_000_000,
  byteBurstPerIp: 1_000_000_000,
  messagesPerSecondPerDevice: 100_000,
  messageBurstPerDevice: 100_000,
  bytesPerSecondPerDevice: 1_000_000_000,
  byteBurstPerDevice: 1_000_000_000,
  messagesPerSecondPerUser: 100_000,
  messageBurstPerUser: 100_000,
  bytesPerSecondPerUser: 1_000_000_000,
  byteBurstPerUser: 1_000_000_000,
};
