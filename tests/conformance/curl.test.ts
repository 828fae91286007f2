import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { Program } from "../end-to-end/fixtures/program.ts";
import { DevelopmentGateway } from "../end-to-end/fixtures/wardwire.ts";

const skip =
  spawnSync("curl", ["--version"]).status === 0 ? false : "curl is missing: run node tools/system-packages.ts";

/** What curl was answered. */
interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

describe("curl asks for an upgrade and", { skip, timeout: 60_000 }, () => {
  let gateway: DevelopmentGateway;
  let token: string;

  before(async () => {
    gateway = await DevelopmentGateway.start();
    token = await gateway.token("alice");
  });
  after(() => gateway[Symbol.asyncDispose]());

  /** The headers of a good opening handshake, but for the changes; `undefined` takes a header out. */
  function handshake(changes: Readonly<Record<string, string | undefined>> = {}): string[] {
    const headers: Readonly<Record<string, string | undefined>> = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      // The example of RFC 6455 section 1.3.
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      Authorization: `Bearer ${token}`,
      ...changes,
    };
    return Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : ["-H", `${name}: ${value}`]));
  }

  async function curl(parameters: readonly string[], path = "/ws"): Promise<Answer> {
    const url = new URL(path, gateway.url);
    const common = ["-s", "-i", "--http1.1", "--max-time", "5", "--cacert", gateway.caFile];
    await using program = new Program("curl", [...common, ...parameters, url.href]);
    const { code, stdout } = await program.ended;
    assert.equal(code, 0, `curl ended with ${code}; 28 is a connection that stays open`);
    return parseAnswer(stdout);
  }

  const refusals: readonly [what: string, status: number, changes: Readonly<Record<string, string | undefined>>][] = [
    ["a hostile origin", 403, { Origin: "https://attacker.example" }],
    ["a hostile origin without a credential", 403, { Origin: "https://attacker.example", Authorization: undefined }],
    ["the origin null", 403, { Origin: "null" }],
    ["neither an origin nor a credential", 403, { Authorization: undefined }],
    ["a token that is none", 401, { Authorization: "Bearer nonsense" }],
    ["another scheme than Bearer", 401, { Authorization: "Basic YWxpY2U6c2VjcmV0" }],
    ["a subprotocol it does not speak", 400, { "Sec-WebSocket-Protocol": "chat.v7" }],
    ["a subprotocol that is no token", 400, { "Sec-WebSocket-Protocol": "wardwire.v1.json, ," }],
    ["version 12", 426, { "Sec-WebSocket-Version": "12" }],
    ["no version", 426, { "Sec-WebSocket-Version": undefined }],
    ["no key", 400, { "Sec-WebSocket-Key": undefined }],
    ["a key that is too short", 400, { "Sec-WebSocket-Key": "c2hvcnQ=" }],
    ["a key that is no Base64", 400, { "Sec-WebSocket-Key": "not Base64 at all, no!!!" }],
  ];
  for (const [what, status, changes] of refusals) {
    test(`is answered ${status} for ${what}`, async () => {
      const answer = await curl(handshake(changes));
      assert.equal(answer.status, status, answer.body);
      assert.equal(answer.headers["upgrade"] === undefined || status === 426, true);
      assert.equal(answer.headers["sec-websocket-accept"], undefined);
      assert.equal(answer.body.includes(token), false, "a credential is not repeated");
    });
  }

  test("is told how to authenticate with 401", async () => {
    const { headers } = await curl(handshake({ Authorization: "Bearer nonsense" }));
    assert.match(headers["www-authenticate"] ?? "", /^Bearer/);
  });

  test("is told the version with 426", async () => {
    const { headers } = await curl(handshake({ "Sec-WebSocket-Version": "12" }));
    assert.equal(headers["sec-websocket-version"], "13");
  });

  test("is answered 404 on another path", async () => {
    for (const path of ["/", "/ws/", "/ws/other", "/WS"])
      assert.equal((await curl(handshake(), path)).status, 404, path);
  });

  test("is answered 400 for a query, where tokens get into logs", async () => {
    assert.equal((await curl(handshake(), "/ws?token=secret")).status, 400);
  });

  test("is not upgraded by another method than GET", async () => {
    const { status } = await curl(["-X", "POST", ...handshake()]);
    assert.ok(status >= 400 && status < 500, `${status}`);
  });

  test("gets no upgrade from a plain GET of the socket", async () => {
    const { status, headers } = await curl([]);
    assert.ok(status === 404 || status === 426, `${status}`);
    assert.equal(headers["sec-websocket-accept"], undefined);
  });

  test("is upgraded when all is well, with the accept value of RFC 6455 section 1.3", async () => {
    const common = ["-s", "-i", "-N", "--http1.1", "--max-time", "1", "--cacert", gateway.caFile];
    const url = new URL("/ws", gateway.url).href;
    const subprotocol = { "Sec-WebSocket-Protocol": "wardwire.v1.json" };
    await using program = new Program("curl", [...common, ...handshake(subprotocol), url]);
    // The connection stays open until curl gives up (28).
    const { code, stdout } = await program.ended;
    assert.equal(code, 28);
    const { status, headers } = parseAnswer(stdout);
    assert.equal(status, 101);
    assert.equal(headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert.equal(headers["sec-websocket-protocol"], "wardwire.v1.json");
    assert.equal(headers["sec-websocket-extensions"], undefined);
  });
});

function parseAnswer(text: string): Answer {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = lines.filter(Boolean).map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(statusLine.split(" ")[1]),
    headers: Object.fromEntries(headers),
    body: rest.join("\r\n\r\n"),
  };
}
