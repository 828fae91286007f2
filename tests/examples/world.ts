import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { Program } from "../end-to-end/fixtures/program.ts";
import { TokenIssuer } from "../end-to-end/fixtures/token-issuer.ts";
import { TemporaryFolder } from "../end-to-end/fixtures/wardwire.ts";

/** What an example is started with besides what all of them are. */
type Environment = Readonly<Record<string, string>>;

/** What the examples expect to find: a certificate, an issuer with a key set, files. */
export class World implements AsyncDisposable {
  readonly folder: TemporaryFolder = new TemporaryFolder();
  readonly #tokens: TokenIssuer;
  readonly #keySet: ReturnType<typeof createServer>;

  private constructor(tokens: TokenIssuer) {
    this.#tokens = tokens;
    this.#keySet = createServer((_, response) => {
      response.setHeader("content-type", "application/jwk-set+json");
      response.end(JSON.stringify({ keys: [tokens.publicJwk] }));
    });
  }

  static async create(): Promise<World> {
    const world = new World(await TokenIssuer.create());
    await once(world.#keySet.listen(0, "127.0.0.1"), "listening");
    const authority = await TestAuthority.create();
    const { cert, key } = await authority.issue({ dnsNames: ["localhost"] });
    world.#write("ca.pem", authority.cert);
    world.#write("cert.pem", cert);
    world.#write("key.pem", key);
    return world;
  }

  token(user: string, claims: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#tokens.token(user, { claims });
  }

  /** Starts a server, on a free port unless `more` says which; resolves when its log says which. */
  async startServer(file = "examples/server.ts", more: Environment = {}) {
    const { port: keySetPort } = this.#keySet.address() as AddressInfo;
    const program = example(file, {
      PORT: "0",
      CERT_FILE: this.folder.file("cert.pem"),
      KEY_FILE: this.folder.file("key.pem"),
      JWKS_URL: `http://127.0.0.1:${keySetPort}/jwks`,
      ...more,
    });
    const [, port] = await program.said(/"event":"listening".*?"port":(\d+)/);
    return { port: Number(port), [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
  }

  /** Starts a client. */
  startClient(port: number, token: string, file = "examples/client.ts", more: Environment = {}): Program {
    const name = `${crypto.randomUUID()}.token`;
    this.#write(name, token);
    return example(file, {
      URL: `wss://localhost:${port}/ws`,
      TOKEN_FILE: this.folder.file(name),
      NODE_EXTRA_CA_CERTS: this.folder.file("ca.pem"),
      ...more,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#keySet.closeAllConnections();
    this.#keySet.close();
    this.folder[Symbol.dispose]();
  }

  #write(name: string, text: string): void {
    writeFileSync(this.folder.file(name), text, { mode: 0o600 });
  }
}

function example(file: string, env: Environment): Program {
  return new Program(process.execPath, ["--conditions=@wardwire/source", file], { env });
}
