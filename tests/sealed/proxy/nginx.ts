import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { findFreePort } from "../../../packages/cli/src/free-port.ts";
import type { Certified } from "../../../packages/gateway/test/host/certificates.ts";
import { Program } from "../../end-to-end/fixtures/program.ts";
import { TemporaryFolder } from "../../end-to-end/fixtures/wardwire.ts";

const binary = "/usr/sbin/nginx";

/** Why tests with Debian's nginx do not run here, or false. */
export const withoutNginx: string | false =
  spawnSync(binary, ["-v"]).status === 0 ? false : "nginx is not installed; run: node tools/system-packages.ts";

/** Debian's nginx as operators run it: it ends TLS and passes everything on in plain text. `await using` stops it. */
export class Nginx implements AsyncDisposable {
  readonly port: number;
  readonly #folder: TemporaryFolder;
  readonly #program: Program;

  private constructor(port: number, folder: TemporaryFolder, program: Program) {
    this.port = port;
    this.#folder = folder;
    this.#program = program;
  }

  /** A port for one: what origins are made of has to be known before the gateway behind it is made. */
  static choosePort(): Promise<number> {
    return findFreePort();
  }

  /** Resolves when it takes connections. @param target the plain port behind it */
  static async start(port: number, certificate: Certified, target: number): Promise<Nginx> {
    const folder = new TemporaryFolder();
    writeFileSync(folder.file("cert.pem"), certificate.cert);
    writeFileSync(folder.file("key.pem"), certificate.key, { mode: 0o600 });
    writeFileSync(folder.file("nginx.conf"), configuration(port, target));
    const program = new Program(binary, [
      "-p",
      folder.path,
      "-c",
      folder.file("nginx.conf"),
      "-e",
      folder.file("error.log"),
    ]);
    const nginx = new Nginx(port, folder, program);
    try {
      await nginx.#listening();
      return nginx;
    } catch (error) {
      await nginx[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Ends it and gives all it has written down: of every request the line and the headers, and its errors. */
  async logs(): Promise<Buffer> {
    await this.#program.stop("SIGQUIT");
    return Buffer.concat(["access.log", "error.log"].map((name) => readFileSync(this.#folder.file(name))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }

  async #listening(): Promise<void> {
    let ended = false;
    void this.#program.ended.then(() => {
      ended = true;
    });
    for (;;) {
      const socket = connect({ port: this.port, host: "127.0.0.1" });
      const isThere = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      if (isThere) return;
      if (ended) throw new Error(`nginx ended: ${this.#program.stderr}`);
      await delay(10);
    }
  }
}

/** As in docs/guide/05-behind-a-proxy.md, but that the log keeps everything nginx knows of a request. */
function configuration(port: number, target: number): string {
  const headers = ["host", "origin", "authorization", "cookie", "user_agent", "referer", "upgrade", "connection"];
  const sealing = ["sec_websocket_protocol", "sec_websocket_key", "sec_websocket_extensions", "sec_websocket_version"];
  const logged = [...headers, ...sealing].map((name) => `$http_${name}`).join(" ");
  return `
daemon off;
master_process off;
pid nginx.pid;
events { worker_connections 256; }
http {
  log_format everything '$remote_addr "$request" $status $body_bytes_sent "$request_body" ${logged}';
  access_log access.log everything;
  client_body_temp_path client;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    ssl_protocols TLSv1.3;
    location / {
      proxy_pass http://127.0.0.1:${target};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_read_timeout 75s;
      proxy_send_timeout 75s;
    }
  }
}
`;
}
