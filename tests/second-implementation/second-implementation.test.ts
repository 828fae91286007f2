import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { nodePrimitives } from "../../packages/crypto/src/primitives/node.ts";
import { xWingBytes } from "../../packages/crypto/src/primitives/x-wing.ts";
import {
  type ChannelInputs,
  type ChannelOutput,
  openChannel,
  runChannel,
} from "../../packages/crypto/test/vectors/channel-vectors.ts";
import type { HandshakeInputs, HandshakeOutputs } from "../../packages/crypto/test/vectors/handshake-vectors.ts";
import { toBytes, toText } from "../../packages/crypto/test/vectors/hex.ts";
import {
  type HistoryInputs,
  type HistoryOutputs,
  sealHistory,
} from "../../packages/crypto/test/vectors/history-vectors.ts";
import { openSession, type SessionInputs, sealSession } from "../../packages/crypto/test/vectors/session-vectors.ts";
import { repositoryRoot } from "../../tools/repository-files.ts";

/** Debian's interpreter: another one on PATH would not see Debian's packages. */
const python = "/usr/bin/python3";
const isInstalled = spawnSync(python, ["-c", "import cryptography"]).status === 0;
const skip = isInstalled ? false : "python3-cryptography is missing: run node tools/system-packages.ts";

interface Vector<Inputs, Outputs> {
  readonly inputs: Inputs;
  readonly outputs: Outputs;
}

interface VectorFile<Inputs, Outputs> {
  readonly vectors: readonly Vector<Inputs, Outputs>[];
  readonly refused: readonly { readonly name: string }[];
}

/** What the second implementation makes of a file, and what it has made itself. */
interface Verdict<Inputs, Outputs> {
  readonly judged: readonly { readonly sealed: Outputs; readonly opened: unknown }[];
  readonly refused: Readonly<Record<string, boolean>>;
  readonly made: readonly Vector<Inputs, Outputs>[];
}

interface Answer {
  readonly sessions: Verdict<SessionInputs, readonly string[]>;
  readonly channels: Verdict<ChannelInputs, readonly ChannelOutput[]>;
  readonly histories: Verdict<HistoryInputs, HistoryOutputs>;
  readonly handshakes: readonly Readonly<Record<string, string>>[];
  readonly expandLabel: readonly string[];
}

const read = (name: string): never =>
  JSON.parse(readFileSync(join(repositoryRoot, "spec/vectors", `${name}.json`), "utf8")) as never;
const sessions: VectorFile<SessionInputs, readonly string[]> = read("session-records");
const channels: VectorFile<ChannelInputs, readonly ChannelOutput[]> = read("channel-records");
const histories: VectorFile<HistoryInputs, HistoryOutputs> = read("history-items");
const {
  handshakes,
  expandLabel,
}: {
  readonly handshakes: readonly Vector<HandshakeInputs, HandshakeOutputs>[];
  readonly expandLabel: readonly { readonly output: string }[];
} = read("handshake");

const madeCount = 40;

/** One run of the other program answers everything. */
async function ask(seed: number): Promise<Answer> {
  const input = JSON.stringify({
    seed,
    count: madeCount,
    sessions,
    channels,
    histories,
    handshakes,
    expandLabel,
  });
  const { status, stdout, stderr } = spawnSync(python, ["-B", join(import.meta.dirname, "peer.py")], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

/** The parts of message 1 and 2 that come from the KEM, which stand in front of what is sealed. */
function kemParts({ message1, message2 }: HandshakeOutputs): Readonly<Record<string, string>> {
  const first = toBytes(message1);
  const header = 3 + new DataView(first.buffer, first.byteOffset).getUint16(1);
  return {
    ciphertext1: toText(first.subarray(header, header + xWingBytes.ciphertext)),
    ephemeral: toText(first.subarray(header + xWingBytes.ciphertext).subarray(0, xWingBytes.publicKey)),
    ciphertext2: toText(toBytes(message2).subarray(1, 1 + xWingBytes.ciphertext)),
  };
}

describe("a second implementation, in Python, written from the specification", { skip }, async () => {
  const seed = Number(process.env["WARDWIRE_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
  const answer = isInstalled ? await ask(seed) : undefined;
  const { sessions: session, channels: channel, histories: history } = answer ?? ({} as Answer);

  test("derives every label, and every ciphertext and secret of the handshakes, X-Wing included (SR-0, HS-1)", () => {
    assert.deepEqual(
      answer?.expandLabel,
      expandLabel.map(({ output }) => output),
    );
    const secrets = handshakes.map(({ outputs }) => {
      const { transcriptHash, clientTraffic, gatewayTraffic, exporter } = outputs;
      return { transcriptHash, clientTraffic, gatewayTraffic, exporter, ...kemParts(outputs) };
    });
    assert.notEqual(secrets.length, 0);
    assert.deepEqual(answer?.handshakes, secrets);
  });

  test("seals session records to the same bytes, and opens ours (SR)", () => {
    for (const [index, { inputs, outputs }] of sessions.vectors.entries()) {
      assert.deepEqual(session.judged[index], { sealed: outputs, opened: inputs.actions }, inputs.name);
    }
  });

  test("seals channel records to the same bytes, and opens ours (RK)", () => {
    for (const [index, { inputs, outputs }] of channels.vectors.entries()) {
      assert.deepEqual(channel.judged[index], { sealed: outputs, opened: contentsOf(inputs) }, inputs.name);
    }
  });

  test("seals history to the same bytes, and reads ours (HR)", () => {
    for (const [index, { inputs, outputs }] of histories.vectors.entries()) {
      assert.deepEqual(history.judged[index], { sealed: outputs, opened: contentsOf(inputs) }, inputs.name);
    }
  });

  test("refuses what is to be refused", () => {
    for (const [file, { refused }] of [
      [sessions, session],
      [channels, channel],
      [histories, history],
    ] as const) {
      assert.notEqual(file.refused.length, 0);
      assert.deepEqual(refused, Object.fromEntries(file.refused.map(({ name }) => [name, true])));
    }
  });

  test("makes vectors of its own from random inputs, which this one seals to the same bytes and opens", async (t) => {
    t.diagnostic(`WARDWIRE_FUZZ_SEED=${seed}`);
    for (const { inputs, outputs } of session.made) {
      assert.deepEqual(await sealSession(nodePrimitives, inputs), outputs);
      assert.deepEqual(await openSession(nodePrimitives, inputs, outputs), inputs.actions);
    }
    for (const { inputs, outputs } of channel.made) {
      assert.deepEqual(await runChannel(nodePrimitives, inputs), outputs);
      assert.deepEqual(await openChannel(nodePrimitives, inputs, outputs), contentsOf(inputs));
    }
    for (const { inputs, outputs } of history.made) {
      assert.deepEqual(await sealHistory(nodePrimitives, inputs), outputs);
    }
    const counts = [session, channel, history].map(({ made }) => made.length);
    assert.deepEqual(counts, [madeCount, madeCount, madeCount]);
  });
});

/** What was sealed, in order. */
function contentsOf({ actions }: ChannelInputs | HistoryInputs): readonly string[] {
  return actions.flatMap((action) => (action.act === "seal" ? [action.content] : []));
}
