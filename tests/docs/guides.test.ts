import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { describe, test } from "node:test";
import { expel, gatewayOf } from "../../examples/guide/authorization.ts";
import { listenBehindProxy } from "../../examples/guide/proxy.ts";
import { announceOrder } from "../../examples/guide/publishing.ts";
import { shutAccount, signOutEverywhere } from "../../examples/guide/revocation.ts";
import { gatewayWithAlerts } from "../../examples/guide/signals.ts";
import { writeThroughAnOutage } from "../../examples/guide/testing.ts";
import { gatewayWithTickets } from "../../examples/guide/tickets.ts";
import { repositoryRoot } from "../../tools/repository-files.ts";
import { TemporaryFolder } from "../end-to-end/fixtures/wardwire.ts";

const folder = join(repositoryRoot, "docs/guide");
const guides = readdirSync(folder).filter((name) => name.endsWith(".md"));
/** Every `ts` block has a link to the file it is before it, with nothing between them. */
const block = /(?:\[([\w./-]+)\]\(\.\.\/\.\.\/\1\):\n\n)?```ts\n([\s\S]*?)```/g;

describe("the guides", () => {
  const quoted = guides.flatMap((name) => quotedFiles(read(`docs/guide/${name}`)));

  for (const name of guides) {
    test(`${name} quotes its code as it is, and no other`, () =>
      assert.deepEqual(faultsIn(read(`docs/guide/${name}`)), []));
    test(`${name} fits on a page or two`, () => assert.ok(read(`docs/guide/${name}`).split("\n").length <= 140));
  }

  test("quote every file of examples/guide once", () => {
    const files = readdirSync(join(repositoryRoot, "examples/guide")).map((name) => `examples/guide/${name}`);
    assert.deepEqual(quoted.filter((file) => files.includes(file)).toSorted(), files.toSorted());
  });

  test("are named in README.md", () => {
    const readme = read("README.md");
    assert.deepEqual(
      guides.filter((name) => !readme.includes(`(docs/guide/${name})`)),
      [],
    );
  });
});

describe("the reader of the guides finds", () => {
  const file = "examples/guide/tokens.ts";
  const good = `[${file}](../../${file}):\n\n\`\`\`ts\n${read(file)}\`\`\`\n`;

  test("nothing wrong with a quoted file", () => assert.deepEqual(faultsIn(good), []));
  test("a letter that differs", () =>
    assert.deepEqual(faultsIn(good.replace("chat", "chap")), [`differs from ${file}`]));
  test("code of no file", () =>
    assert.deepEqual(faultsIn("text\n\n```ts\nlet a;\n```\n"), ["code of no file: let a;"]));
});

describe("the examples of the guides", () => {
  test("can be made as they stand, and told to expel and to revoke", async () => {
    const rooms = { members: new Map([["tea", new Set(["alice"])]]), owners: new Map<string, string>() };
    const gateway = gatewayOf(rooms);
    assert.deepEqual(await expel(gateway, rooms, "tea", "alice"), { expelled: 0 });
    assert.equal(rooms.members.get("tea")?.size, 0);
    assert.deepEqual(await signOutEverywhere(gateway, "alice"), { closed: 0 });
    assert.deepEqual(await shutAccount(gateway, "alice"), { closed: 0 });
    const { stream, offset } = await announceOrder(gateway, "tea", "17");
    assert.deepEqual(await announceOrder(gateway, "tea", "17"), { stream, offset, duplicate: true });
    await gateway.close();
    await gatewayWithTickets(async () => undefined).close();
  });

  test("can be made with a webhook whose secret is in a file, and give metrics", async () => {
    using folder = new TemporaryFolder();
    const secretFile = folder.file("webhook-secret");
    writeFileSync(secretFile, `whsec_${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
    const gateway = gatewayWithAlerts(secretFile, () => {});
    assert.match(await gateway.metrics(), /^wardwire_connections_open 0$/m);
    await gateway.close();
  });
});

test("the example of 07-guarantees writes through an outage: what alice wrote is read once", {
  timeout: 10_000,
}, async () => {
  assert.deepEqual(await writeThroughAnOutage(), ["hello", "bye"]);
});

describe("the gateway of 05-behind-a-proxy", { timeout: 10_000 }, () => {
  const attempts: readonly [what: string, status: number, headers: Readonly<Record<string, string>>][] = [
    ["a handshake as nginx passes it on", 101, { Host: "chat.example", Origin: "https://chat.example" }],
    ["another host", 421, { Host: "127.0.0.1", Origin: "https://chat.example" }],
    ["another origin", 403, { Host: "chat.example", Origin: "https://evil.example" }],
  ];
  for (const [what, status, headers] of attempts) {
    test(`answers ${what} with ${status}`, async () => {
      await using running = await listenBehindProxy(0);
      const port = running.addresses[0]?.port ?? 0;
      assert.equal(await statusOf(port, { ...headers, "X-Forwarded-For": "203.0.113.7" }), status);
    });
  }
});

function read(path: string): string {
  return readFileSync(join(repositoryRoot, path), "utf8");
}

function quotedFiles(markdown: string): string[] {
  return [...markdown.matchAll(block)].flatMap(([, file]) => file ?? []);
}

function faultsIn(markdown: string): string[] {
  return [...markdown.matchAll(block)].flatMap(([, file, code = ""]) => {
    if (file === undefined) return [`code of no file: ${code.trim()}`];
    return code === read(file) ? [] : [`differs from ${file}`];
  });
}

async function statusOf(port: number, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  const asked = request({
    host: "127.0.0.1",
    port,
    path: "/ws",
    headers: {
      Connection: "upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    },
  }).end();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once("response", resolve).once("error", reject);
    asked.once("upgrade", (answer, socket) => {
      socket.destroy();
      resolve(answer);
    });
  });
  if (!response.complete && response.statusCode !== 101) await once(response.resume(), "end");
  return response.statusCode;
}
