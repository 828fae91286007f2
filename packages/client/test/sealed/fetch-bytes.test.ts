import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { fetchBytes } from "../../src/sealed/fetch-bytes.ts";
import { nodeSocket } from "../../src/socket/node-socket.ts";
import type { FetchBytesOptions } from "../../src/socket/socket.ts";
import { selfSigned, testAuthority } from "../support/certificates.ts";

const bytes = Uint8Array.from({ length: 1_000 }, (_, index) => index % 251);

/** What a server of these tests does at each path. */
const paths: Readonly<Record<string, RequestListener>> = {
  "/good": (_request, response) => response.end(bytes),
  "/elsewhere": (_request, response) => response.writeHead(302, { location: "/good" }).end(),
  "/missing": (_request, response) => response.writeHead(404).end(bytes),
  "/empty": (_request, response) => response.writeHead(204).end(),
  "/partial": (_request, response) => response.writeHead(206).end(bytes),
  "/long": (_request, response) => response.end(new Uint8Array(1_001)),
  "/endless": (_request, response) => {
    response.on("drain", () => response.write(new Uint8Array(65_536)));
    response.write(new Uint8Array(65_536));
  },
  "/cut": (_request, response) => {
    response.writeHead(200, { "content-length": 1_000 });
    response.write(bytes.subarray(0, 10), () => response.destroy());
  },
  "/silent": () => undefined,
};

async function listen(t: TestContext, tls?: { readonly cert: string; readonly key: string }) {
  const headers: (readonly [string, string | string[] | undefined])[] = [];
  const serve: RequestListener = (request, response) => {
    headers.push(...Object.entries(request.headers));
    paths[request.url ?? ""]?.(request, response);
  };
  const server = tls === undefined ? createHttpServer(serve) : createHttpsServer(tls, serve);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return { origin: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`, headers };
}

const ways: readonly (readonly [string, (url: string, options: FetchBytesOptions) => Promise<Uint8Array>])[] = [
  ["the platform's fetch", fetchBytes],
  ["Node's own HTTP", (url, options) => nodeSocket().fetchBytes?.(url, options) ?? Promise.reject(new Error("none"))],
];

for (const [way, get] of ways) {
  describe(`${way} fetches a public document`, () => {
    const bounds = (): FetchBytesOptions => ({ signal: new AbortController().signal, maxBytes: 1_000 });

    test("whole, when it has just so many bytes, and shows no credential", async (t) => {
      const { origin, headers } = await listen(t);
      assert.deepEqual(await get(`${origin}/good`, bounds()), bytes);
      assert.deepEqual(
        headers.filter(([name]) => /cookie|authorization|referer/.test(name)),
        [],
      );
    });

    for (const path of ["/elsewhere", "/missing", "/empty", "/partial", "/long", "/endless", "/cut"]) {
      test(`and refuses ${path}`, async (t) => {
        const { origin } = await listen(t);
        await assert.rejects(get(`${origin}${path}`, bounds()));
      });
    }

    test("and stops when it is told to", async (t) => {
      const { origin } = await listen(t);
      const stop = new AbortController();
      const getting = get(`${origin}/silent`, { ...bounds(), signal: stop.signal });
      setImmediate(() => stop.abort());
      await assert.rejects(getting, { name: "AbortError" });
    });
  });
}

describe("the socket of Node fetches from the authority it was given, and from no other", () => {
  test("its own authority's certificate is taken", async (t) => {
    const authority = await testAuthority();
    const { origin } = await listen(t, await authority.issue("localhost"));
    const url = `${origin.replace("127.0.0.1", "localhost")}/good`;
    const options = { signal: new AbortController().signal, maxBytes: 1_000 };
    assert.deepEqual(await nodeSocket({ ca: authority.ca }).fetchBytes?.(url, options), bytes);
    await assert.rejects(async () => nodeSocket().fetchBytes?.(url, options), { code: "certificate-refused" });
  });

  test("one that vouches for itself is refused, whatever NODE_TLS_REJECT_UNAUTHORIZED says (R57)", async (t) => {
    const { origin } = await listen(t, await selfSigned("localhost"));
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    t.after(() => delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]);
    const options = { signal: new AbortController().signal, maxBytes: 1_000 };
    const url = `${origin.replace("127.0.0.1", "localhost")}/good`;
    await assert.rejects(async () => nodeSocket().fetchBytes?.(url, options), { code: "certificate-refused" });
  });
});
