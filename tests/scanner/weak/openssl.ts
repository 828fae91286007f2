import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline, type Readable, type Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type { Certified } from "../../../packages/scanner/test/certificate.ts";
import { type Listening, listen } from "./listening.ts";

type Server = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * TLS by `openssl s_server` before a server without TLS: what the system's OpenSSL speaks, and not the one in Node. The
 * program cannot tell where on its standard output a connection ends, so that every connection gets one of its own.
 *
 * @param words what to add to its command line: protocols, suites, groups.
 * @param behind stops with it.
 */
export async function opensslInFrontOf(
  behind: Listening,
  certified: Certified,
  words: readonly string[],
): Promise<Listening> {
  const folder = await mkdtempDisposable(join(tmpdir(), "wardwire-openssl-"));
  await writeFile(join(folder.path, "cert.pem"), certified.cert);
  await writeFile(join(folder.path, "key.pem"), certified.key, { mode: 0o600 });
  const running = new Set<Promise<unknown>>();
  let connections = 0;
  const front = createServer((client) => {
    client.on("error", () => undefined);
    // OpenSSL 3.0 has room for 31 bytes of a socket's path, so that it is given relative to the folder.
    const name = `${++connections}.sock`;
    const how = ["-unix", name, "-naccept", "1", "-quiet", "-cert", "cert.pem", "-key", "key.pem", ...words];
    const server = spawn("openssl", ["s_server", ...how], { cwd: folder.path });
    const served = serve(client, server, join(folder.path, name), behind.port);
    running.add(served);
    void served.finally(() => running.delete(served));
  });
  const { port, [Symbol.asyncDispose]: stop } = await listen(front);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await Promise.all(running);
      await behind[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Carries one connection; resolves when its process has ended. */
async function serve(client: Socket, server: Server, path: string, port: number): Promise<void> {
  const ended = once(server, "exit");
  const encrypted = await connectedTo(path, server);
  if (client.destroyed) encrypted.destroy();
  else {
    pipeline(client, encrypted, client, () => undefined);
    // The end of its standard input makes the program send what it has, and close.
    pipeline(server.stdout, connect(port, "127.0.0.1"), server.stdin, () => undefined);
  }
  server.stderr.resume();
  await ended;
}

/** A connection to the process, which does not say when it listens. */
async function connectedTo(path: string, server: Server): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    try {
      await once(socket, "connect");
      return socket;
    } catch {
      if (server.exitCode !== null) throw new Error(`openssl s_server: ${server.stderr.read() ?? "ended"}`);
      await setTimeout(5);
    }
  }
}
