import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { after, before, describe, test } from "node:test";
import { DevelopmentGateway } from "../../end-to-end/fixtures/wardwire.ts";

/** A request to the development gateway, and the status it is answered with. */
interface Asked {
  readonly what: string;
  readonly path: string;
  readonly status: number;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const everyKind: readonly Asked[] = [
  { what: "the page", path: "/", status: 200 },
  { what: "the page's headers alone", path: "/", method: "HEAD", status: 200 },
  { what: "a path that does not exist", path: "/nowhere", status: 404 },
  { what: "a path that climbs", path: "/assets/%2e%2e/%2e%2e/package.json", status: 404 },
  { what: "a file that the page is made from", path: "/src/main.tsx", status: 404 },
  { what: "a method the page does not take", path: "/", method: "DELETE", status: 405 },
  { what: "the sign-in by GET", path: "/development/token", status: 405 },
  { what: "the sign-in without an origin", path: "/development/token", method: "POST", status: 403 },
];

describe("everything wardwire dev serves (R61)", { timeout: 60_000 }, () => {
  let dev: DevelopmentGateway;

  before(async () => {
    dev = await DevelopmentGateway.start();
  });
  after(() => dev[Symbol.asyncDispose]());

  for (const asked of everyKind) {
    test(`carries the security headers: ${asked.what} (${asked.status})`, async () => {
      const { statusCode, headers } = await ask(dev, asked);
      assert.equal(statusCode, asked.status);
      hasSecurityHeaders(headers, dev);
    });
  }

  test("carries the security headers: every script, style sheet and image the page names", async () => {
    const page = await ask(dev, { what: "", path: "/", status: 200 });
    const paths = [...(await textOf(page)).matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = ""]) => path);
    assert.ok(paths.length >= 3, `the page names ${paths.join(", ") || "nothing"}`);
    for (const path of paths) {
      const { statusCode, headers } = await ask(dev, { what: "", path, status: 200 });
      assert.equal(statusCode, 200, path);
      assert.match(headers["cache-control"] ?? "", /immutable/, path);
      hasSecurityHeaders(headers, dev);
    }
  });

  test("refuses another host (421) with text that no browser runs, frames or takes for anything else (R15)", async () => {
    const host = "attacker.example";
    const { statusCode, headers } = await ask(dev, { what: "", path: "/", headers: { host }, status: 421 });
    assert.equal(statusCode, 421);
    assert.match(String(headers["content-security-policy"]), /default-src 'none';.*frame-ancestors 'none'/);
    assert.match(String(headers["strict-transport-security"]), /^max-age=[1-9]/);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.match(String(headers["content-type"]), /^text\/plain/);
  });

  test("carries the security headers: a token, which is not to be kept", async () => {
    const response = await ask(dev, {
      what: "",
      path: "/development/token",
      method: "POST",
      headers: { origin: dev.origin, "sec-fetch-site": "same-origin", "content-type": "application/json" },
      body: '{"name":"alice","device":"test"}',
      status: 200,
    });
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers["cache-control"], "no-store");
    hasSecurityHeaders(response.headers, dev);
  });

  test("the page has nothing inline and loads nothing from elsewhere", async () => {
    const html = await textOf(await ask(dev, { what: "", path: "/", status: 200 }));
    assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=|="javascript:|<script(?![^>]*\ssrc=)/i);
    assert.doesNotMatch(html, /(?:src|href)="(?!\/[^/])/);
  });
});

function hasSecurityHeaders(headers: IncomingMessage["headers"], { origin }: DevelopmentGateway): void {
  const policy = new Map(
    String(headers["content-security-policy"])
      .split(/;\s*/)
      .map((directive) => [directive.split(" ")[0], directive.split(" ").slice(1).join(" ")]),
  );
  for (const directive of ["default-src", "base-uri", "form-action", "frame-ancestors", "trusted-types"]) {
    assert.equal(policy.get(directive), "'none'", directive);
  }
  for (const directive of ["script-src", "style-src", "img-src"]) assert.equal(policy.get(directive), "'self'");
  assert.equal(policy.get("require-trusted-types-for"), "'script'");
  assert.ok(policy.get("connect-src")?.split(" ").includes(origin.replace("https:", "wss:")));
  assert.doesNotMatch(String(headers["content-security-policy"]), /unsafe|data:|blob:|\*/);
  assert.match(String(headers["strict-transport-security"]), /^max-age=[1-9]/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["x-frame-options"], "DENY");
  assert.equal(headers["referrer-policy"], "no-referrer");
  assert.equal(headers["cross-origin-opener-policy"], "same-origin");
  assert.equal(headers["cross-origin-resource-policy"], "same-origin");
  assert.equal(headers["cross-origin-embedder-policy"], "require-corp");
  assert.match(String(headers["permissions-policy"]), /camera=\(\).*microphone=\(\)/);
  for (const name of ["set-cookie", "access-control-allow-origin", "x-powered-by", "server"]) {
    assert.equal(headers[name], undefined, name);
  }
}

async function ask({ origin, ca }: DevelopmentGateway, asked: Asked): Promise<IncomingMessage> {
  const { path, method = "GET", headers = {}, body } = asked;
  const { port } = new URL(origin);
  const sent = request({ host: "localhost", port, path, method, headers, ca, servername: "localhost" }).end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  if (method === "HEAD" || asked.status !== 200) response.resume();
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  return (await response.setEncoding("utf8").toArray()).join("");
}
