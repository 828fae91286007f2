import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { startHandshake } from "../../src/handshake/client-handshake.ts";
import { AwaitingFirstMessage } from "../../src/handshake/gateway-handshake.ts";
import { SeenCiphertexts } from "../../src/handshake/seen-ciphertexts.ts";
import { clientOptions, gatewayOptions, unlimited } from "../fixtures/handshakes.ts";
import { makeTiers, publishedKeys } from "../fixtures/key-tiers.ts";

const { ring, bundle } = await publishedKeys(await makeTiers());

async function firstMessage(): Promise<Uint8Array<ArrayBuffer>> {
  const { message, awaiting } = await startHandshake(clientOptions(bundle));
  awaiting.dispose();
  return message;
}

/** The error of a handshake and how long it took, in milliseconds. */
async function failure(message: Uint8Array): Promise<{ readonly error: Error; readonly tookMs: number }> {
  const responder = new AwaitingFirstMessage(gatewayOptions(ring, { seen: new SeenCiphertexts() }), unlimited);
  const startedAt = performance.now();
  try {
    await responder.receive(message);
  } catch (error) {
    return { error: error as Error, tookMs: performance.now() - startedAt };
  }
  return assert.fail("the handshake succeeded");
}

/** Offsets of the parts that only a key can tell are wrong, in a message with the header of these tests (70 bytes). */
const parts = { mlKemCiphertext: 70, x25519Share: 1_158, ephemeral: 1_190, payload: 2_406, tag: 2_422 } as const;

function withChange(message: Uint8Array<ArrayBuffer>, part: keyof typeof parts | "smallOrder"): Uint8Array {
  const changed = message.slice();
  if (part === "smallOrder") return changed.fill(0, parts.x25519Share, parts.ephemeral);
  changed[parts[part]] = (changed[parts[part]] as number) ^ 1;
  return changed;
}

describe("failures of the handshake (HS-4.2)", () => {
  test("are one error: same code, same words, no cause, no other field", async () => {
    const seen = new Set<string>();
    for (const part of [...Object.keys(parts), "smallOrder"] as (keyof typeof parts)[]) {
      const { error } = await failure(withChange(await firstMessage(), part));
      const { stack: _stack, ...fields } = Object.fromEntries(
        Object.getOwnPropertyNames(error).map((name) => [name, (error as unknown as Record<string, unknown>)[name]]),
      );
      seen.add(JSON.stringify(fields));
    }
    assert.deepEqual([...seen], ['{"message":"the sealed handshake failed","name":"CryptoError","code":"handshake"}']);
  });

  test("take the same time within noise, whichever part is wrong", async (t) => {
    const kinds = ["mlKemCiphertext", "x25519Share", "ephemeral", "tag", "smallOrder"] as const;
    const times = new Map<string, number[]>(kinds.map((kind) => [kind, []]));
    for (let round = 0; round < 60; round += 1) {
      const message = await firstMessage();
      for (const kind of kinds) times.get(kind)?.push((await failure(withChange(message, kind))).tookMs);
    }
    const medians = kinds.map((kind) => {
      const sorted = (times.get(kind) ?? []).toSorted((one, other) => one - other);
      return sorted[Math.floor(sorted.length / 2)] as number;
    });
    t.diagnostic(kinds.map((kind, index) => `${kind} ${medians[index]?.toFixed(3)} ms`).join(", "));
    // A check before the KEM, or a second KEM after it, would be a factor of two and more.
    assert.ok(Math.max(...medians) < 1.6 * Math.min(...medians), "one kind of failure can be told by its time");
  });

  test("and what waits for a message show no secret when they are printed (R53)", async () => {
    const { message, awaiting } = await startHandshake(clientOptions(bundle));
    const responder = new AwaitingFirstMessage(gatewayOptions(ring), unlimited);
    const { session } = await responder.receive(message);
    const printed = inspect([awaiting, responder, session, ring], {
      depth: 20,
      showHidden: true,
      maxArrayLength: null,
    });
    for (const secret of [session.clientTraffic, session.gatewayTraffic, session.exporter]) {
      const first = secret.use((bytes) => [...bytes.subarray(0, 4)]);
      assert.ok(!printed.includes(first.join(", ")), "the bytes of a secret were printed");
    }
    assert.match(printed, /SecretBytes\(32 bytes, redacted\)/);
    awaiting.dispose();
  });
});
