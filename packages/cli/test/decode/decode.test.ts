import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { encodeChannelKey } from "@wardwire/crypto/channel-records/channel-announcements";
import { ChannelSealer } from "@wardwire/crypto/channel-records/channel-sealer";
import { historyKek } from "@wardwire/crypto/history/history-keys";
import { HistoryWriter } from "@wardwire/crypto/history/history-writer";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { RecordSealer } from "@wardwire/crypto/session-records/record-sealer";
import { cborCodec } from "@wardwire/wire/cbor";
import { runCommand } from "../support/command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const secretOf = (byte: number): SecretBytes => SecretBytes.take(new Uint8Array(32).fill(byte));
const textOf = (byte: number): string => Buffer.alloc(32, byte).toString("base64url");
const sessionSecrets = JSON.stringify({ suite: 1, clientTraffic: textOf(1), gatewayTraffic: textOf(2) });

/** Messages of a session, each on a line, with a token and a canary inside. */
function capture(): readonly string[] {
  const primitives = nodePrimitives;
  const now = (): number => 0;
  const sealerOf = (side: "client" | "gateway", byte: number) =>
    new RecordSealer({ primitives, algorithm: "aes-256-gcm", side, secret: secretOf(byte), now });
  const [client, gateway] = [sealerOf("client", 1), sealerOf("gateway", 2)];
  const frame = (value: object): Uint8Array => cborCodec.encode(value as never) as Uint8Array;
  const signer = primitives.ed25519.signer(secretOf(3));
  const channel = new ChannelSealer({ primitives, signer, channelHash: new Uint8Array(32), now });
  const sealed = channel.seal(frame({ type: "message", data: "canary" }));
  assert.ok(sealed.keys);
  const kek = historyKek(primitives, secretOf(4));
  const place = { tenant: "t", channel: "room:a", stream: "s" };
  return [
    ...client.seal("data", frame({ type: "renew", token: "eyJ-token" })),
    ...gateway.seal("channelKey", encodeChannelKey(7, sealed.keys.key)),
    sealed.record,
    new HistoryWriter({ primitives }).seal({ kek, place, content: frame({}) }).bytes,
    ...gateway.close(4401, "the token has expired"),
  ].map((bytes, index) => Buffer.from(bytes).toString(index % 2 === 0 ? "hex" : "base64"));
}

const run = (lines: readonly string[], ...words: readonly string[]) =>
  runCommand(["decode", ...words], { input: `# a comment\n\n${lines.join("\n")}\n` });

describe("wardwire decode", () => {
  it("explains each message of a capture without any key: kind, type, epoch, step, generation, sequence and sizes", async () => {
    const { code, stdout, stderr } = await run(capture(), "--json");
    assert.equal(code, 0, stderr);
    const documents = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      documents.map(({ kind }) => kind),
      ["session record", "session record", "channel record", "history item", "session record"],
    );
    const [data, , record, item] = documents;
    assert.deepEqual(data, {
      line: 3,
      kind: "session record",
      type: "data",
      ends: true,
      generation: 0,
      seq: 0,
      plaintextBytes: 64,
      bytes: 94,
    });
    assert.match(record.epoch, /^[\da-f]{32}$/);
    assert.deepEqual([record.step, record.seq, record.plaintextBytes], [0, 0, 64]);
    assert.deepEqual([item.writerSeq, item.previousStored, item.contentBytes], [1, 0, 1]);
    assert.doesNotMatch(stdout, /canary/);
  });

  it("shows contents to somebody who has the session's secrets, and no token and no key", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("session.json"), sessionSecrets, { mode: 0o600 });
    const { code, stdout, stderr } = await run(capture(), "--key-file", folder.at("session.json"));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /from the client: .*"type":"renew"/);
    assert.match(stdout, /"channel":7,/);
    assert.match(stdout, /canary/, "the channel's record, by the key that was told in the session");
    assert.match(stdout, /"code":4401.*the token has expired/);
    assert.doesNotMatch(stdout, /eyJ-token|secret/);
  });

  it("ends 1 when a record does not open, or is no message of this protocol", async () => {
    using folder = temporaryFolder();
    const other = sessionSecrets.replace(textOf(1), textOf(9)).replace(textOf(2), textOf(8));
    writeFileSync(folder.at("session.json"), other, { mode: 0o600 });
    const wrong = await run(capture(), "--key-file", folder.at("session.json"));
    assert.equal(wrong.code, 1);
    assert.match(wrong.stdout, /does not open with these secrets/);
    const unknown = await run(["ff00"]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stdout, /unknown/);
  });

  it("ends 3 for a capture that is none, and for a key file that is missing, open to others or something else", async () => {
    using folder = temporaryFolder();
    const path = folder.at("session.json");
    const failing = async (...words: readonly string[]): Promise<string> => {
      const { code, stderr } = await run(capture(), ...words);
      assert.equal(code, 3, stderr);
      return stderr;
    };
    assert.match(await failing(folder.at("missing.txt")), /cannot read the capture/);
    assert.match(await failing("--key-file", path), /no key file/);
    writeFileSync(path, `{"clientTraffic":"${textOf(1)}"}`, { mode: 0o600 });
    const malformed = await failing("--key-file", path);
    assert.match(malformed, /expected \{"suite"/);
    assert.ok(!malformed.includes(textOf(1)), "and quotes nothing of it");
    chmodSync(path, 0o644);
    assert.match(await failing("--key-file", path), /open to other users/);
    const { code, stderr } = await run(["not a message"]);
    assert.equal(code, 3);
    assert.match(stderr, /line 3: expected one message/);
  });
});
