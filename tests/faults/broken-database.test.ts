import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import type { Ended } from "../end-to-end/fixtures/program.ts";
import { runWardwire } from "../end-to-end/fixtures/wardwire.ts";
import { LoggedClient, type LoggedClientOptions } from "./system/logged-client.ts";
import { SqliteGateway } from "./system/sqlite-gateway.ts";
import { assertGuarantee } from "./system/verdict.ts";

/** Each test starts and restarts gateways, and shares the machine. */
const patience = { timeout: 30_000 };

/** A gateway with three members of one channel, who have published some messages. */
class Scene implements AsyncDisposable {
  readonly gateway: SqliteGateway;
  readonly clients: readonly LoggedClient[];

  private constructor(gateway: SqliteGateway, clients: readonly LoggedClient[]) {
    this.gateway = gateway;
    this.clients = clients;
  }

  static async open(gateway: SqliteGateway, options: LoggedClientOptions = {}): Promise<Scene> {
    const join = (name: string): Promise<LoggedClient> =>
      LoggedClient.join(gateway, name, { channel: "log", id: "tea" }, { random: () => 0, ...options });
    const scene = new Scene(gateway, await Promise.all(["alice", "bob", "carol"].map(join)));
    await scene.publish("before", 20);
    return scene;
  }

  get alice(): LoggedClient {
    const [alice] = this.clients;
    if (alice === undefined) throw new Error("alice has not joined");
    return alice;
  }

  /** Everybody publishes so many messages. @returns how many were acknowledged. */
  async publish(name: string, count: number, filling = ""): Promise<number> {
    const each = Array.from({ length: count }, (_, index) => index);
    const outcomes = await Promise.all(
      this.clients.flatMap((client) => each.map((index) => client.publish(`${name}-${client.name}-${index}`, filling))),
    );
    return outcomes.filter((acknowledged) => acknowledged).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.clients.map((client) => client[Symbol.asyncDispose]()));
    await this.gateway[Symbol.asyncDispose]();
  }
}

function assertRefused({ code, stderr }: Ended, database: string, expected: RegExp): void {
  assert.equal(code, 3, stderr);
  assert.match(stderr, /^wardwire: [^\n]+\n$/, "one line");
  assert.match(stderr, expected);
  assert.ok(stderr.includes(database), `${stderr} names the file`);
}

describe("a gateway whose database", { timeout: 180_000 }, () => {
  test(
    "another gateway or program has open ends with 3, and whoever has it goes on undisturbed",
    patience,
    async () => {
      await using scene = await Scene.open(await SqliteGateway.start());
      const { gateway, alice, clients } = scene;
      const during = scene.publish("during", 20);
      assertRefused(await gateway.startInVain(), gateway.database, /expected to be the only one that has it open/);
      assert.equal(await during, 60);
      assert.equal(alice.client.state.phase, "connected");
      assert.equal((await assertGuarantee(clients)).gaps, 0);
      assert.deepEqual(gateway.disconnections, []);

      await gateway.kill();
      const other = new DatabaseSync(gateway.database);
      other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE");
      assertRefused(await gateway.startInVain(), gateway.database, /database is locked/);
      other.close();
      await gateway.restart();
      assert.equal(await scene.publish("after", 20), 60);
      assert.equal((await assertGuarantee(clients)).gaps, 0);
    },
  );

  test("is damaged ends with 3 and leaves it as it is; with the file restored nothing is lost", patience, async () => {
    await using scene = await Scene.open(await SqliteGateway.start());
    const { gateway } = scene;
    await scene.publish("large", 20, "x".repeat(4_000));
    // In order, so that everything is in the one file.
    await gateway.kill("SIGTERM");
    const sound = readFileSync(gateway.database);
    const damaged = Buffer.from(sound).fill(0xa5, 8_192, 16_384);
    writeFileSync(gateway.database, damaged);
    assertRefused(await gateway.startInVain(), gateway.database, /expected a sound/);
    assert.deepEqual(readFileSync(gateway.database), damaged);
    writeFileSync(gateway.database, sound);
    await gateway.restart();
    const { gaps } = await assertGuarantee(scene.clients);
    assert.equal(gaps, 0);
  });

  test(
    "cannot be one ends with 3: a letter, a place in a folder there is none of, one without room",
    patience,
    async () => {
      await using gateway = await SqliteGateway.start();
      const letter = `${gateway.database}.letter`;
      const text = "Dear reader, this is a letter and no database. ".repeat(40);
      writeFileSync(letter, text);
      const cases: readonly (readonly [file: string, expected: RegExp, maxFileBytes?: number])[] = [
        [letter, /sound SQLite database/],
        [`${gateway.database}.none/store.db`, /check the path/],
        [`${gateway.database}.small`, /no room on the disk or within maxFileBytes/, 1],
      ];
      for (const [file, expected, maxFileBytes = 1_000_000] of cases) {
        assertRefused(await gateway.startInVain({ file, maxFileBytes }), file, expected);
      }
      assert.equal(readFileSync(letter, "utf8"), text);
    },
  );

  test(
    "is full refuses what does not fit, loses nothing, and takes more once it may be larger",
    patience,
    async (t) => {
      const gateway = await SqliteGateway.start({ maxFileBytes: 1_000_000 });
      await using scene = await Scene.open(gateway, { limits: { requestTimeoutMs: 1_000 } });
      const filling = "x".repeat(40_000);
      const taken = await scene.publish("large", 20, filling);
      t.diagnostic(`${taken} of 60 messages of 40,000 bytes fit into 1,000,000`);
      assert.ok(taken > 10 && taken < 25, `${taken} were acknowledged`);
      const failures = scene.clients.flatMap((client) => client.failures);
      assert.deepEqual([...new Set(failures)], ["outcome-unknown"], "the gateway's answer was that it is unavailable");
      await gateway.said(/"event":"failure".*no room on the disk or within maxFileBytes/);
      const words = ["publish", JSON.stringify({ send: "by-the-application", filling }), "--channel", "log:id=tea"];
      const refused = await runWardwire([...words, "--data", gateway.dataFolder]);
      assert.deepEqual([refused.code, /\(503\): not published/.test(refused.stderr)], [5, true], refused.stderr);

      await gateway.kill();
      await gateway.restart({ maxFileBytes: 10_000_000 });
      assert.equal(await scene.publish("later", 20, filling), 60);
      const { gaps } = await assertGuarantee(scene.clients);
      assert.equal(gaps, 0);
    },
  );

  test(
    "is damaged while it runs refuses what it cannot read, says why and stays; it does not start again",
    patience,
    async () => {
      await using scene = await Scene.open(await SqliteGateway.start());
      const { gateway, alice } = scene;
      // Of large messages most is kept on the disk only, and read there.
      for (let wave = 0; wave < 10; wave += 1) {
        assert.equal(await scene.publish(`large-${wave}`, 4, "x".repeat(60_000)), 12);
      }
      const { size } = statSync(gateway.database);
      const file = openSync(gateway.database, "r+");
      writeSync(file, Buffer.alloc(Math.floor(size / 2), 0xa5), 0, undefined, 8_192);
      closeSync(file);
      const { stream } = alice.channel.position;
      const beginning = { since: { stream, offset: 0 }, limit: 100 };
      await assert.rejects(alice.channel.history(beginning), { code: "unavailable" });
      await gateway.said(/"event":"failure".*"code":"corrupt"/);
      assert.equal(alice.client.state.phase, "connected");
      await gateway.kill();
      assertRefused(await gateway.startInVain(), gateway.database, /sound/);
    },
  );

  test("is gone begins a new one, and tells every client that positions are lost", patience, async () => {
    await using scene = await Scene.open(await SqliteGateway.start());
    const { gateway, clients } = scene;
    const told = clients.map(({ channel }) => once(channel, "gap"));
    const { stream } = scene.alice.channel.position;
    await gateway.kill();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${gateway.database}${suffix}`, { force: true });
    await gateway.restart();
    await Promise.all(told);
    assert.equal(await scene.publish("afterwards", 20), 60);
    const { gaps } = await assertGuarantee(clients);
    assert.equal(gaps, clients.length);
    assert.notEqual(scene.alice.channel.position.stream, stream);
  });
});
