import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { expandLabel } from "../../src/expand-label.ts";
import type { Label } from "../../src/labels.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import { backends } from "../primitives/backends.ts";
import {
  endsOf,
  type HandshakeInputs,
  type HandshakeOutputs,
  type Refusal,
  runHandshake,
} from "./handshake-vectors.ts";
import { toBytes, toText } from "./hex.ts";

const file: {
  readonly handshakes: readonly { readonly inputs: HandshakeInputs; readonly outputs: HandshakeOutputs }[];
  readonly refused: readonly Refusal[];
  readonly expandLabel: readonly {
    readonly prk: string;
    readonly label: Label;
    readonly context: string;
    readonly length: number;
    readonly output: string;
  }[];
} = JSON.parse(readFileSync(new URL("../../../../spec/vectors/handshake.json", import.meta.url), "utf8"));

for (const primitives of backends) {
  describe(`spec/vectors/handshake.json on ${primitives.backend}`, () => {
    for (const { inputs, outputs } of file.handshakes) {
      test(`${inputs.name}: every byte of messages and secrets (HS-1)`, async () => {
        assert.deepEqual(await runHandshake(primitives, inputs), outputs);
      });
    }

    for (const { name, message, bytes } of file.refused) {
      test(`message ${message} with ${name} is refused (HS-4.2)`, async () => {
        const inputs = file.handshakes[0]?.inputs as HandshakeInputs;
        const ends = await endsOf(primitives, inputs);
        const { awaiting } = await ends.start();
        const end = message === 1 ? ends.gateway : awaiting;
        await assert.rejects(end.receive(toBytes(bytes)), { code: "handshake" });
        awaiting.dispose();
      });
    }

    test("Expand-Label gives every expected byte", async () => {
      assert.notEqual(file.expandLabel.length, 0);
      for (const { prk, label, context, length, output } of file.expandLabel) {
        const expanded = await expandLabel(primitives, SecretBytes.take(toBytes(prk)), label, toBytes(context), length);
        assert.equal(expanded.use(toText), output, label);
      }
    });
  });
}
