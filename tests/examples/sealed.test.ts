import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findFreePort } from "../../packages/cli/src/free-port.ts";
import { runWardwire } from "../end-to-end/fixtures/wardwire.ts";
import { World } from "./world.ts";

describe("the sealed example", { timeout: 30_000 }, () => {
  test("carries a message between two clients that know the server's pin, and none without it", async () => {
    await using world = await World.create();
    const port = await findFreePort();
    const { pin, keys } = await makeKeys(world, port);
    await using server = await world.startServer("examples/sealed/server.ts", { PORT: String(port), ...keys });
    const start = async (user: string, serverKey: string) =>
      world.startClient(server.port, await world.token(user, {}), "examples/sealed/client.ts", {
        SERVER_KEY: serverKey,
      });

    await using alice = await start("alice", pin);
    const greeting = alice.line((line) => line.startsWith("bob: "));
    // Alice may still be on her way when bob greets, so he keeps coming until she has heard him.
    let heard: string | undefined;
    while (heard === undefined) {
      await using bob = await start("bob", pin);
      heard = await Promise.race([greeting, bob.line((line) => line.startsWith("alice: ")).then(() => undefined)]);
    }
    assert.equal(heard, "bob: hello");

    await using pinless = await start("mallory", "");
    assert.match((await pinless.ended).stderr, /invalid-server-key/);
    await using unsealed = world.startClient(server.port, await world.token("carol", {}));
    assert.match((await unsealed.ended).stderr, /protection-required/);
  });
});

/** Keys for the server's origin, made as an operator makes them. */
async function makeKeys({ folder }: World, port: number) {
  const [keysFolder, masterKey] = [folder.file("keys"), folder.file("master.key")];
  const where = ["--folder", keysFolder, "--master-key-file", masterKey, "--origin", `https://localhost:${port}`];
  const { code, stdout, stderr } = await runWardwire(["keys", "init", ...where, "--json"]);
  assert.equal(code, 0, stderr);
  const { pins } = JSON.parse(stdout);
  return { pin: String(pins[0]), keys: { KEYS_FOLDER: keysFolder, MASTER_KEY_FILE: masterKey } };
}
