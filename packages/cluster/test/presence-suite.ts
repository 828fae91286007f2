import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Cluster } from "../src/cluster.ts";
import type { ClusterErrorCode } from "../src/cluster-error.ts";
import type { PresenceEntry } from "../src/presence.ts";

/** The promises of `presence.ts` as tests; every engine passes them. `open` gives an empty cluster. */
export function presenceSuite(name: string, open: () => Promise<Cluster>): void {
  describe(`${name} presence`, () => {
    let cluster: Cluster;
    beforeEach(async () => {
      cluster = await open();
    });
    afterEach(() => cluster.close());

    describe("entries", () => entryTests(() => cluster));
    describe("bad input", () => badInputTests(() => cluster));
  });
}

const encoder = new TextEncoder();

function entry(id: string, description = `who ${id} is`): PresenceEntry {
  return { id, bytes: encoder.encode(description) };
}

/** The entries of a channel in the order of their ids; the engine promises none. */
async function listed(cluster: Cluster, channel: string): Promise<PresenceEntry[]> {
  return [...(await cluster.presence.list(channel))].sort((one, other) => (one.id < other.id ? -1 : 1));
}

function clusterError(expected: ClusterErrorCode): object {
  return { name: "ClusterError", code: expected };
}

function entryTests(cluster: () => Cluster): void {
  test("an unknown channel has nobody in it", async () => {
    assert.deepEqual(await cluster().presence.list("tea"), []);
  });

  test("whoever was added is listed with its description until removed", async () => {
    const { presence } = cluster();
    await presence.add("tea", entry("c1"));
    await presence.add("tea", entry("c2"));
    assert.deepEqual(await listed(cluster(), "tea"), [entry("c1"), entry("c2")]);
    await presence.remove("tea", "c1");
    assert.deepEqual(await listed(cluster(), "tea"), [entry("c2")]);
    await presence.remove("tea", "c2");
    assert.deepEqual(await listed(cluster(), "tea"), []);
  });

  test("adding an id again replaces its description", async () => {
    const { presence } = cluster();
    await presence.add("tea", entry("c1", "phone"));
    await presence.add("tea", entry("c1", "laptop"));
    assert.deepEqual(await listed(cluster(), "tea"), [entry("c1", "laptop")]);
  });

  test("the same id in two channels is two entries", async () => {
    const { presence } = cluster();
    await presence.add("tea", entry("c1", "in tea"));
    await presence.add("coffee", entry("c1", "in coffee"));
    await presence.remove("tea", "c1");
    assert.deepEqual(await listed(cluster(), "tea"), []);
    assert.deepEqual(await listed(cluster(), "coffee"), [entry("c1", "in coffee")]);
  });

  test("removing whoever is not there does nothing, twice too", async () => {
    const { presence } = cluster();
    await presence.add("tea", entry("c1"));
    await presence.remove("tea", "c2");
    await presence.remove("coffee", "c1");
    assert.deepEqual(await listed(cluster(), "tea"), [entry("c1")]);
    await presence.remove("tea", "c1");
    await presence.remove("tea", "c1");
    await presence.add("tea", entry("c1"));
    assert.deepEqual(await listed(cluster(), "tea"), [entry("c1")]);
  });

  test("a list is of its moment: later changes do not reach it", async () => {
    const { presence } = cluster();
    await presence.add("tea", entry("c1"));
    const before = await presence.list("tea");
    await presence.add("tea", entry("c2"));
    await presence.remove("tea", "c1");
    assert.deepEqual(before, [entry("c1")]);
  });

  test("a channel's entries are counted, and a list is as long as asked for", async () => {
    const { presence } = cluster();
    for (const id of ["c1", "c2", "c3"]) await presence.add("tea", entry(id));
    await presence.add("coffee", entry("c1"));
    await presence.add("tea", entry("c3", "again"));
    assert.equal(await presence.count("tea"), 3);
    assert.equal(await presence.count("water"), 0);
    for (const [limit, length] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [1_000, 3],
    ] as const) {
      const listed = await presence.list("tea", limit);
      assert.equal(listed.length, length);
      assert.equal(new Set(listed.map(({ id }) => id)).size, length);
    }
    await presence.remove("tea", "c2");
    assert.equal(await presence.count("tea"), 2);
  });

  test("any bytes describe, none too", async () => {
    const { presence } = cluster();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await presence.add("tea", { id: "c1", bytes });
    await presence.add("tea", { id: "c2", bytes: new Uint8Array(0) });
    assert.deepEqual(await listed(cluster(), "tea"), [
      { id: "c1", bytes },
      { id: "c2", bytes: new Uint8Array(0) },
    ]);
  });
}

function badInputTests(cluster: () => Cluster): void {
  test("an empty channel or id is refused", async () => {
    const { presence } = cluster();
    await assert.rejects(presence.add("", entry("c1")), clusterError("invalid-argument"));
    await assert.rejects(presence.add("tea", entry("")), clusterError("invalid-argument"));
    await assert.rejects(presence.remove("", "c1"), clusterError("invalid-argument"));
    await assert.rejects(presence.remove("tea", ""), clusterError("invalid-argument"));
    await assert.rejects(presence.list(""), clusterError("invalid-argument"));
    await assert.rejects(presence.count(""), clusterError("invalid-argument"));
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await assert.rejects(presence.list("tea", limit), clusterError("invalid-argument"), String(limit));
    }
    assert.deepEqual(await presence.list("tea"), []);
  });

  test("names that mean something to JavaScript, Redis or SQL are names like others", async () => {
    const { presence } = cluster();
    for (const name of ["__proto__", "constructor", "tea*", "{tea}", "te'a", "tea\0", "\u{1f375}", " "]) {
      assert.deepEqual(await listed(cluster(), name), [], name);
      await presence.add(name, entry(name));
      assert.deepEqual(await listed(cluster(), name), [entry(name)], name);
    }
  });

  test("a closed cluster refuses presence and broker, and may be closed again", async () => {
    const { presence, broker, close } = cluster();
    await presence.add("tea", entry("c1"));
    await close();
    await assert.rejects(presence.add("tea", entry("c2")), clusterError("closed"));
    await assert.rejects(presence.remove("tea", "c1"), clusterError("closed"));
    await assert.rejects(presence.list("tea"), clusterError("closed"));
    await assert.rejects(presence.count("tea"), clusterError("closed"));
    await assert.rejects(broker.history("tea", { limit: 1 }), clusterError("closed"));
    await close();
  });
}
