import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { handshake, handshakeHeaders, RawClient } from "../../../packages/gateway/test/host/raw-client.ts";
import { Decoy } from "../fixtures/decoy.ts";
import { guardedTarget, type Target } from "../fixtures/target.ts";
import { proxyToAnyTarget } from "../fixtures/weak/proxy-to-any-target.ts";

const [, ...withoutHost] = handshakeHeaders;
const own = "Origin: https://chat.example";

/** Handshakes that name another server, by everything in which a request can name one. */
function requestsFor(decoy: string): readonly string[] {
  const targets = [
    `http://${decoy}/ws`,
    `ws://${decoy}/ws`,
    `//${decoy}/ws`,
    `/ws@${decoy}`,
    `/ws?url=http://${decoy}`,
  ];
  const headers = [
    `X-Forwarded-Host: ${decoy}`,
    `X-Forwarded-For: ${decoy}`,
    `Forwarded: host=${decoy};for=${decoy}`,
    `X-Original-URL: http://${decoy}/`,
    `X-Rewrite-URL: http://${decoy}/`,
    `Referer: http://${decoy}/`,
  ];
  return [
    ...targets.map((target) => handshake([...handshakeHeaders, own], `GET ${target} HTTP/1.1`)),
    ...targets.map((target) => handshake([`Host: ${decoy}`, ...withoutHost, own], `GET ${target} HTTP/1.1`)),
    handshake([`Host: ${decoy}`, ...withoutHost, own]),
    handshake([...handshakeHeaders, `Origin: http://${decoy}`]),
    ...headers.map((header) => handshake([...handshakeHeaders, own, header])),
  ];
}

/** How each request was answered: a status, or nothing before the connection closed. */
async function answers({ port }: Target, requests: readonly string[]): Promise<(number | undefined)[]> {
  const statuses: (number | undefined)[] = [];
  for (const request of requests) {
    await using client = await RawClient.connect(port);
    client.write(request);
    statuses.push(
      await client.readResponse().then(
        ({ status }) => status,
        () => undefined,
      ),
    );
  }
  return statuses;
}

describe("attack 17: a request that names another server", { timeout: 20_000 }, () => {
  test("attack 17: no target, Host or forwarding header makes a gateway connect anywhere (GHSA-c4j6-fc7j-m34r, R20)", async () => {
    await using decoy = await Decoy.start();
    await using target = await guardedTarget({}, "plain");
    const requests = requestsFor(decoy.address);
    const statuses = await answers(target, requests);
    for (const [i, status] of statuses.entries()) {
      assert.ok([101, 400, 403, 404].includes(status ?? 0), `${status} for ${requests[i]}`);
    }
    assert.deepEqual(statuses.slice(0, 2), [400, 400], "an absolute target is no handshake");
    assert.equal(decoy.connections, 0);
  });

  test("negative control: a server that proxies upgrades connects to it", async () => {
    await using decoy = await Decoy.start();
    await using target = await proxyToAnyTarget();
    await answers(target, requestsFor(decoy.address).slice(0, 1));
    assert.equal(decoy.connections, 1);
  });
});
