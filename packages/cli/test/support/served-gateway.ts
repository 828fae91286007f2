import { readFileSync } from "node:fs";
import { type Running, startCommand } from "./command.ts";
import type { ProductionFiles } from "./production-files.ts";

/** A running `wardwire serve`. */
export interface ServedGateway extends AsyncDisposable {
  readonly running: Running;
  readonly port: number;
  /** `wss://localhost:PORT/ws`. */
  readonly socket: string;
  /** PEM. */
  readonly ca: string;
  /** The next line of its log with this event. */
  logged(event: string): Promise<Readonly<Record<string, unknown>>>;
}

/** Serves what the files are configured for; resolves when it listens. */
export async function serveFiles(files: ProductionFiles): Promise<ServedGateway> {
  const running = startCommand(["serve", "--config", files.config]);
  const logged = async (event: string): Promise<Readonly<Record<string, unknown>>> => {
    for (;;) {
      const line = JSON.parse(await running.nextErrorLine());
      if (line.event === event) return line;
    }
  };
  const { addresses } = (await logged("listening")) as { readonly addresses: readonly { readonly port: number }[] };
  const port = addresses[0]?.port ?? 0;
  return {
    running,
    port,
    socket: `wss://localhost:${port}/ws`,
    ca: readFileSync(files.certificate, "utf8"),
    logged,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
