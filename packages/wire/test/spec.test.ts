import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { type CloseReason, closeCodes, closeMeanings } from "@wardwire/wire/close-codes";
import { decodeClientMessage, decodeGatewayMessage } from "@wardwire/wire/decode";
import { errorCodes } from "@wardwire/wire/error-codes";
import { subprotocols } from "@wardwire/wire/frames";
import { jsonCodec } from "@wardwire/wire/json";
import { clientDecodeLimits, gatewayDecodeLimits, maxBatchBytes, maxBatchFrames } from "@wardwire/wire/limits";
import fc from "fast-check";
import { clientFrameReaders } from "../src/fields/client-frames.ts";
import { gatewayFrameReaders } from "../src/fields/gateway-frames.ts";
import { clientArbitraries, gatewayArbitraries } from "./frame-arbitraries.ts";

const spec = readFileSync(new URL("../../../spec/wire-protocol.md", import.meta.url), "utf8");
const rows: readonly (readonly string[])[] = spec
  .split("\n")
  .filter((line) => line.trimStart().startsWith("|"))
  .map((line) =>
    line
      .trim()
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );

interface SpecFrame {
  readonly type: string;
  /** Field names as the table has them; an optional one ends in `?`. */
  readonly fields: readonly string[];
}

/** The rows of the frame tables whose rule number lies in the range. */
function specFrames(first: number, last: number): SpecFrame[] {
  return rows.flatMap(([rule = "", type = "", fields = ""]) => {
    const number = Number(/^\*\*WP-FRAME-(\d+)\*\*$/.exec(rule)?.[1] ?? Number.NaN);
    if (!(number >= first && number <= last)) return [];
    return [
      {
        type: type.replaceAll("`", ""),
        fields: [...fields.matchAll(/`([a-zA-Z]+\??)`/g)].map(([, name = ""]) => name),
      },
    ];
  });
}

test("the spec's close codes are the code's, in its order (WP-CLOSE-1)", () => {
  const fromSpec = rows
    .filter(([code = ""]) => /^\d{4}$/.test(code))
    .map(([code, meaning, reconnect]) => ({ code: Number(code), meaning, reconnect }));
  const rowsOfCode = Object.entries(closeCodes).map(([name, { code, reconnect }]) => {
    return { code, meaning: closeMeanings[name as CloseReason], reconnect };
  });
  assert.deepEqual(fromSpec, rowsOfCode);
});

test("the spec's error codes are the code's, in its order (WP-ERR-1)", () => {
  const fromSpec = rows
    .slice(rows.findIndex((row) => row.join() === "code,meaning") + 2)
    .filter(([code = ""], index, rest) => code.startsWith("`") && rest.slice(0, index).every((row) => row.length === 2))
    .map(([code = "", meaning = ""]) => [code.replaceAll("`", ""), meaning.replaceAll("`", "")]);
  assert.deepEqual(fromSpec, Object.entries(errorCodes));
});

test("the spec's client frames are the decoder's (WP-FRAME-10 to WP-FRAME-18)", () => {
  assert.deepEqual(
    specFrames(10, 19).map((frame) => frame.type),
    Object.keys(clientFrameReaders),
  );
});

test("the spec's gateway frames are the decoder's (WP-FRAME-20 to WP-FRAME-35)", () => {
  assert.deepEqual(
    specFrames(20, 39)
      .map((frame) => frame.type)
      .sort(),
    Object.keys(gatewayFrameReaders).sort(),
  );
});

test("each frame has the fields that the spec lists, and no others (WP-FRAME-10 to WP-FRAME-35)", () => {
  const arbitraries: [string, number, number, Record<string, fc.Arbitrary<object>>][] = [
    ["client", 10, 19, { ...clientArbitraries }],
    ["gateway", 20, 39, { ...gatewayArbitraries }],
  ];
  for (const [direction, first, last, byType] of arbitraries) {
    for (const { type, fields } of specFrames(first, last)) {
      const samples = fc.sample(byType[type] ?? fc.constant({}), { numRuns: 100, seed: 1 });
      const seen = new Set(samples.flatMap((frame) => Object.keys(frame)));
      const always = [...seen].filter((field) => samples.every((frame) => Object.hasOwn(frame, field)));
      seen.delete("type");
      const expected = [...seen].map((field) => (always.includes(field) ? field : `${field}?`));
      if (type !== "notice") assert.deepEqual([...fields].sort(), expected.sort(), `${direction} ${type}`);
    }
  }
});

test("the spec names the subprotocols and the bounds of the code (WP-OPEN-2, WP-LIMIT-1, WP-BATCH-2)", () => {
  for (const subprotocol of Object.values(subprotocols)) assert.ok(spec.includes(`\`${subprotocol}\``), subprotocol);
  const written = (value: number): string => value.toLocaleString("en-US");
  const bounds = rows
    .filter((row) => row.length === 4 && /^\d/.test(row[1] ?? ""))
    .map(([, gateway, client]) => [gateway, client]);
  const [gateway, client] = [gatewayDecodeLimits, clientDecodeLimits];
  assert.deepEqual(bounds, [
    [written(gateway.maxMessageBytes), written(client.maxMessageBytes)],
    [written(gateway.maxFrames), written(client.maxFrames)],
    [written(gateway.maxDepth), written(client.maxDepth)],
  ]);
  assert.ok(spec.includes(`${written(maxBatchBytes)} bytes or ${written(maxBatchFrames)} frames`));
});

test("every frame of the spec's session decodes in its direction (§15)", () => {
  const lines = [...spec.matchAll(/^([<>]) (\{.*\})$/gm)];
  assert.ok(lines.length > 10);
  for (const [, direction, frame = ""] of lines) {
    const decode = direction === ">" ? decodeClientMessage : decodeGatewayMessage;
    assert.deepEqual(decode(jsonCodec, frame, gatewayDecodeLimits), [{ ok: true, frame: JSON.parse(frame) }]);
  }
});

test("every rule has one definition, and every rule that wire cites is defined", () => {
  const defined = [...spec.matchAll(/\*\*(WP-[A-Z]+-\d+)\*\*/g)].map(([, rule]) => rule);
  assert.equal(new Set(defined).size, defined.length);
  for (const folder of ["../src/", "./"]) {
    const files = readdirSync(new URL(folder, import.meta.url), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => name.endsWith(".ts"))) {
      const text = readFileSync(new URL(folder + file, import.meta.url), "utf8");
      for (const [rule] of text.matchAll(/WP-[A-Z]+-\d+/g)) assert.ok(defined.includes(rule), `${file} cites ${rule}`);
    }
  }
  for (const [rule] of spec.matchAll(/WP-[A-Z]+-\d+/g)) assert.ok(defined.includes(rule), `the spec cites ${rule}`);
});
