import assert from "node:assert/strict";
import { test } from "node:test";
import { clientFrame, handshake, opcodes, RawClient } from "./raw-client.ts";
import { type CreateHost, forbidden, type StartHost, type TestTransport, testLimits } from "./test-host.ts";

const text = (payload: string) => clientFrame({ opcode: opcodes.text, payload });

/** The part of the contract about addresses, ordinary HTTP requests, limits and the end of a host. */
export function listeningTests(create: CreateHost, start: StartHost, transport: TestTransport): void {
  const handlers = { upgrade: () => forbidden, problem: () => {} };
  const local = [{ address: "127.0.0.1" }];
  const { tls } = transport;

  test("answers ordinary requests through fetch, with the peer's address", async () => {
    await using host = await start({ fetch: (request, address) => new Response(`${request.method} ${address}`) });
    await using client = await host.connect();
    client.write("POST /ticket HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi");
    const { status, headers, body } = await client.readResponse();
    assert.deepEqual([status, body], [200, "POST 127.0.0.1"]);
    assert.deepEqual([headers.has("server"), headers.has("x-powered-by")], [false, false]);
  });

  test("answers 404 without fetch, and 500 without details when fetch throws (R35)", async () => {
    await using plain = await start();
    await using client = await plain.connect();
    client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert.equal((await client.readResponse()).status, 404);
    await using failing = await start({ fetch: () => Promise.reject(new Error("secret path")) });
    await using other = await failing.connect();
    other.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const { status, body } = await other.readResponse();
    assert.equal(status, 500);
    assert.equal(body.includes("secret"), false);
    assert.match((await failing.problems.next()).what, /secret path/);
  });

  test("listens on every address on the same port", async () => {
    const hosts = [{ address: "127.0.0.1" }, { address: "127.0.0.2" }];
    const host = await create(handlers, testLimits).listen({ port: 0, hosts, tls });
    try {
      const [first, second] = host.addresses;
      assert.deepEqual([first?.address, second?.address], ["127.0.0.1", "127.0.0.2"]);
      assert.equal(first?.port, second?.port);
      await using client = await RawClient.connect(second?.port ?? 0, transport.client, "127.0.0.2");
      client.write(handshake());
      assert.equal((await client.readResponse()).status, 403);
    } finally {
      await host.close();
    }
  });

  test("skips an optional address the machine lacks, and no other", async () => {
    const lacking = "192.0.2.1";
    const host = create(handlers, testLimits);
    const running = await host.listen({ port: 0, tls, hosts: [{ address: lacking, optional: true }, ...local] });
    assert.deepEqual(
      running.addresses.map(({ address }) => address),
      ["127.0.0.1"],
    );
    await running.close();
    for (const hosts of [
      [{ address: lacking }],
      [...local, { address: lacking }],
      [{ address: lacking, optional: true }],
      [],
    ]) {
      await assert.rejects(host.listen({ port: 0, hosts, tls }), { code: "address-unavailable" });
    }
  });

  test("says that the port is in use", async () => {
    await using host = await start();
    const again = create(handlers, testLimits).listen({ port: host.port, hosts: local, tls });
    const optional = [{ address: "127.0.0.2" }, { address: "127.0.0.1", optional: true }];
    const beside = create(handlers, testLimits).listen({ port: host.port, hosts: optional, tls });
    await assert.rejects(beside, { code: "port-in-use" });
    await assert.rejects(again, { code: "port-in-use", message: new RegExp(`127\\.0\\.0\\.1:${host.port}`) });
  });

  test("does not start when its signal is aborted, before or while it starts", async () => {
    const host = create(handlers, testLimits);
    const before = host.listen({ port: 0, hosts: local, tls, signal: AbortSignal.abort() });
    await assert.rejects(before, { name: "AbortError" });
    const abort = new AbortController();
    const meanwhile = host.listen({ port: 0, hosts: local, tls, signal: abort.signal });
    abort.abort();
    await assert.rejects(meanwhile, { name: "AbortError" });
  });

  test("stops accepting and lets open sockets go on", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    await using _client = client;
    host.host.stopAccepting();
    await assert.rejects(host.connect(), { code: "ECONNREFUSED" });
    client.write(text("still here"));
    assert.equal((await server.messages.next()).data.toString(), "still here");
  });

  test("closes everything at once, and can be told so twice", async () => {
    await using host = await start();
    const { client, server } = await host.open();
    const idle = await host.connect();
    await Promise.all([host.host.close(), host.host.close()]);
    assert.equal((await server.closes.next()).code, 1006);
    await Promise.all([client.closed, idle.closed]);
    await assert.rejects(host.connect(), { code: "ECONNREFUSED" });
  });

  test("closes connections above maxConnections, and takes new ones when others have gone (R30)", async () => {
    await using host = await start({ limits: { maxConnections: 2 } });
    const { client: first } = await host.open();
    const { client: second, server } = await host.open();
    await using _first = first;
    await assert.rejects(host.open());
    assert.match((await host.problems.next()).what, /maxConnections/);
    await second[Symbol.asyncDispose]();
    await server.closes.next();
    const { client: third } = await host.open();
    await third[Symbol.asyncDispose]();
  });

  test("closes connections above maxConnectionsPerPeer, silent ones too, and none of another address (R30)", async () => {
    await using host = await start({ limits: { maxConnectionsPerPeer: 2 } });
    await using _silent = await host.connect();
    const { client: another, server } = await host.open();
    await assert.rejects(host.open());
    assert.match((await host.problems.next()).what, /too many of its address/);
    await using neighbour = await RawClient.connect(host.port, transport.client, "127.0.0.1", "127.0.0.2");
    neighbour.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert.equal((await neighbour.readResponse()).status, 404);
    await another[Symbol.asyncDispose]();
    await server.closes.next();
    const { client } = await host.open();
    await client[Symbol.asyncDispose]();
  });

  test("counts the connections of a proxy in total only (R30)", async () => {
    await using host = await start({ limits: { maxConnectionsPerPeer: 1 }, isProxy: (peer) => peer === "127.0.0.1" });
    await using _first = await host.connect();
    const { client } = await host.open();
    await using _client = client;
    const fromElsewhere = () => RawClient.connect(host.port, transport.client, "127.0.0.1", "127.0.0.2");
    await using _second = await fromElsewhere();
    await using third = await fromElsewhere().catch(() => undefined);
    await third?.closed;
    assert.match((await host.problems.next()).what, /too many of its address/);
  });

  test("counts the connections of all addresses together (R30)", async () => {
    const hosts = [{ address: "127.0.0.1" }, { address: "127.0.0.2" }];
    const host = await create(handlers, { ...testLimits, maxConnections: 1 }).listen({ port: 0, hosts, tls });
    const port = host.addresses[0]?.port ?? 0;
    const refusedAt = async (address: string) => {
      await using client = await RawClient.connect(port, transport.client, address);
      client.write(handshake());
      assert.equal((await client.readResponse()).status, 403);
    };
    try {
      await using only = await RawClient.connect(port, transport.client);
      only.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assert.equal((await only.readResponse()).status, 404);
      await assert.rejects(refusedAt("127.0.0.2"));
    } finally {
      await host.close();
    }
  });

  test("cuts off slow headers and silent connections at handshakeTimeoutMs (R18)", async () => {
    await using host = await start({ limits: { handshakeTimeoutMs: 150 } });
    await using slow = await host.connect();
    slow.write("GET /ws HTTP/1.1\r\nHost: loc");
    assert.equal((await slow.readResponse()).status, 408);
    await slow.closed;
    await using silent = await host.connect();
    await silent.closed;
    await using quick = await host.connect();
    await quick.open();
  });
}
