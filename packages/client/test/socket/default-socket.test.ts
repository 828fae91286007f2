import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { jsonCodec } from "@wardwire/wire/json";
import manifest from "../../package.json" with { type: "json" };
import { connect } from "../../src/connect.ts";
import { platformNetworkStatus } from "../../src/platform/network-status.ts";
import { defaultSocket as browserSocket } from "../../src/socket/browser-socket.ts";
import { FakeGateway } from "../support/fake-gateway.ts";

type Conditions = { readonly [condition: string]: string | Conditions };

/** Resolves as the Node resolver and bundlers do: the first condition that applies, in the order of the file. */
function resolve(target: string | Conditions, active: readonly string[]): string | undefined {
  if (typeof target === "string") return target;
  for (const [condition, next] of Object.entries(target)) {
    const found = condition === "default" || active.includes(condition) ? resolve(next, active) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

for (const [who, active, file] of [
  ["Node, from source", ["@wardwire/source", "node", "import"], "./src/socket/node-socket.ts"],
  ["Node, published", ["node", "import"], "./dist/socket/node-socket.js"],
  [
    "a bundler for browsers, from source",
    ["@wardwire/source", "browser", "module", "import"],
    "./src/socket/browser-socket.ts",
  ],
  ["a bundler for browsers, published", ["browser", "module", "import"], "./dist/socket/browser-socket.js"],
  ["the compiler, from source", ["@wardwire/source", "types", "node", "import"], "./src/socket/browser-socket.ts"],
  ["the compiler, published", ["types", "node", "import"], "./dist/socket/browser-socket.d.ts"],
] as const) {
  test(`${who} gets ${file}`, () => {
    assert.equal(resolve(manifest.imports["#default-socket"], active), file);
  });
}

test("Node really loads the socket that can send Authorization", async () => {
  const program = `
    import { registerHooks } from "node:module";
    registerHooks({ load(url, context, next) { if (/-socket\\.ts$/.test(url)) console.log(url.split("/").at(-1)); return next(url, context); } });
    await import(${JSON.stringify(new URL("../../src/connect.ts", import.meta.url).href)});`;
  const flags = ["--conditions=@wardwire/source", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  assert.deepEqual(stdout.trim().split("\n"), ["node-socket.ts"]);
});

test("the browser's socket works over a standard WebSocket: the token goes in the first frame", async (t) => {
  const gateway = new FakeGateway({ codec: jsonCodec });
  const url = `ws://127.0.0.1:${await gateway.listen(t)}/ws`;
  const client = await connect(url, { token: "secret", socket: browserSocket });
  assert.equal(gateway.requests[0]?.headers.authorization, undefined);
  const [connectFrame] = gateway.received;
  assert.equal(connectFrame?.type === "connect" && connectFrame.token, "secret");
  assert.equal(await client.call("echo", "hellö"), "hellö");
  await client.close();
});

test("the browser's online and offline events are heard where there are any", (t) => {
  const events = new EventTarget();
  const heard: boolean[] = [];
  const { addEventListener } = globalThis as { addEventListener?: unknown };
  assert.equal(addEventListener, undefined, "Node has none");
  assert.equal(platformNetworkStatus.isOnline(), true);
  platformNetworkStatus.watch((online) => heard.push(online))();
  Object.assign(globalThis, { addEventListener: events.addEventListener.bind(events) });
  t.after(() => Reflect.deleteProperty(globalThis, "addEventListener"));
  const stop = platformNetworkStatus.watch((online) => heard.push(online));
  events.dispatchEvent(new Event("offline"));
  events.dispatchEvent(new Event("online"));
  stop();
  events.dispatchEvent(new Event("offline"));
  assert.deepEqual(heard, [false, true]);
});
