import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Nginx, withoutNginx } from "./proxy/nginx.ts";
import type { Sighting } from "./recording/recording.ts";
import { storyGateway } from "./story/application.ts";
import { tellStory } from "./story/story.ts";
import { SealedSystem } from "./system/sealed-system.ts";

/** What stood in the way of a story, and what it was to keep to itself. */
interface Told {
  readonly sightings: readonly Sighting[];
  readonly canaries: readonly string[];
  readonly bytes: number;
}

describe("whoever ends TLS between client and gateway", { timeout: 60_000 }, () => {
  test("and is ours reads no canary of a whole sealed story (AU-1, HS-2, SR-1.1, RK-1)", async () => {
    const { sightings, canaries, bytes } = await throughOurs("sealed");
    assert.deepEqual(sightings, []);
    assert.ok(canaries.length > 15 && bytes > 50_000, "negative control: there was a story to read");
  });

  test("reads every canary of the same story unsealed: the search works (negative control)", async () => {
    assertAllSeen(await throughOurs("transport"));
  });

  test("and is Debian's nginx reads no canary, and logs none (AU-1)", { skip: withoutNginx }, async () => {
    const { sightings, bytes } = await throughNginx("sealed");
    assert.deepEqual(sightings, []);
    assert.ok(bytes > 50_000, "negative control: there was a story to read");
  });

  test("and is nginx reads every canary unsealed (negative control)", { skip: withoutNginx }, async () => {
    assertAllSeen(await throughNginx("transport"));
  });
});

async function throughOurs(protection: "sealed" | "transport"): Promise<Told> {
  await using system = await SealedSystem.start(storyGateway(protection), { protection });
  const canaries = await tellStory({ system, socket: system.proxy.socket, protection });
  assert.deepEqual(system.failures, []);
  const { recording } = system.proxy;
  return { sightings: recording.sightings(canaries), canaries: Object.keys(canaries), bytes: recording.byteLength };
}

async function throughNginx(protection: "sealed" | "transport"): Promise<Told> {
  const port = await Nginx.choosePort();
  const publicOrigin = `https://127.0.0.1:${port}`;
  await using system = await SealedSystem.start(storyGateway(protection), { protection, publicOrigin });
  await using nginx = await Nginx.start(port, system.certificate, system.port);
  const canaries = await tellStory({ system, socket: `wss://127.0.0.1:${port}/ws`, protection });
  assert.deepEqual(system.failures, []);
  const logs = await nginx.logs();
  assert.ok(logs.includes("GET /ws HTTP/1.1"), "negative control: the log is nginx's");
  const { recording } = system.proxy;
  recording.add("logs of nginx", logs);
  return { sightings: recording.sightings(canaries), canaries: Object.keys(canaries), bytes: recording.byteLength };
}

function assertAllSeen({ sightings, canaries }: Told): void {
  const seen = new Set(sightings.map(({ canary }) => canary));
  assert.deepEqual(
    canaries.filter((name) => !seen.has(name)),
    [],
  );
}
