import { type Gateway, type GatewayOptions, jwt, type RunningGateway } from "@wardwire/gateway";
import { type Browser, chromium, type Page } from "playwright-core";
import { rolldown } from "rolldown";
import { TestAuthority } from "../../packages/gateway/test/host/certificates.ts";
import { TokenIssuer } from "../end-to-end/fixtures/token-issuer.ts";
import { browserArguments, browserPath } from "./fixtures/browser-binary.ts";

/** Nothing inline, nothing from elsewhere, and no text may become markup. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

/** The decisions a page's gateway is made with, whatever its contract. */
export type PageDecisions = Pick<GatewayOptions<never>, "allowedOrigins" | "authenticate" | "observe">;

/** What to serve. */
export interface PageOptions {
  readonly html: string;
  /** Path of the script that becomes `/page.js`. */
  readonly script: string;
  readonly createGateway: (decisions: PageDecisions) => Gateway<never>;
}

/**
 * A page and the gateway that serves it, over TLS, at an origin of its own, in one Chromium. The browser does not know
 * the test's authority, so the contexts here ignore certificate errors; how a client verifies is tested elsewhere.
 */
export class ServedPage implements AsyncDisposable {
  readonly origin = "https://chat.example";
  /** What went wrong in any page: exceptions, violations of the policy, errors on the console. */
  readonly problems: string[] = [];
  readonly #running: RunningGateway;
  readonly #browser: Browser;

  private constructor(running: RunningGateway, browser: Browser) {
    this.#running = running;
    this.#browser = browser;
  }

  static async start({ html, script, createGateway }: PageOptions): Promise<ServedPage> {
    const [code, authority, tokens] = await Promise.all([bundle(script), TestAuthority.create(), TokenIssuer.create()]);
    const { issuer, audience } = tokens;
    const gateway = createGateway({
      allowedOrigins: ["https://chat.example"],
      authenticate: jwt({ issuer, audience, algorithms: ["EdDSA"], keys: [tokens.publicJwk] }),
      observe: () => undefined,
    });
    const files: Readonly<Record<string, readonly [type: string, body: string]>> = {
      "/": ["text/html; charset=utf-8", html],
      "/page.js": ["text/javascript; charset=utf-8", code],
    };
    const fetch = async (request: Request): Promise<Response> => {
      const { pathname } = new URL(request.url);
      // Stands for the application's own session: the test says who is signed in.
      if (pathname === "/token") return new Response(await tokens.token(request.headers.get("x-user") ?? "nobody"));
      const [type, body] = files[pathname] ?? [];
      if (type === undefined) return new Response("", { status: 404 });
      const headers = { "content-type": type, "content-security-policy": contentSecurityPolicy };
      return new Response(body, { headers });
    };
    const tls = await authority.issue({ dnsNames: ["chat.example"] });
    const running = await gateway.listen({ port: 0, host: "127.0.0.1", tls, fetch });
    try {
      return new ServedPage(running, await launch(running.addresses[0]?.port ?? 0));
    } catch (error) {
      await running.close();
      throw error;
    }
  }

  /** Opens the page in a browser profile of its own, for a signed-in user. */
  async open(user: string): Promise<Page> {
    const context = await this.#browser.newContext({
      ignoreHTTPSErrors: true,
      extraHTTPHeaders: { "x-user": user },
    });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.problems.push(`${user}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") this.problems.push(`${user}: ${message.text()}`);
    });
    await page.goto(this.origin);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.#running.close();
  }
}

/** A Chromium for which the origin of the page is the gateway on its port, and nothing else exists. */
async function launch(port: number): Promise<Browser> {
  const resolve = `MAP chat.example:443 127.0.0.1:${port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`;
  return chromium.launch({
    executablePath: await browserPath(),
    args: [...browserArguments, `--host-resolver-rules=${resolve}`],
  });
}

/** Development code, so that React's strict mode mounts everything twice and its warnings reach the console. */
async function bundle(script: string): Promise<string> {
  const bundling = await rolldown({
    input: script,
    platform: "browser",
    resolve: { conditionNames: ["@wardwire/source", "browser", "module", "import", "default"] },
    transform: { define: { "process.env.NODE_ENV": '"development"' } },
    logLevel: "silent",
  });
  const { output } = await bundling.generate({ format: "esm", codeSplitting: false });
  await bundling.close();
  return output[0].code;
}
