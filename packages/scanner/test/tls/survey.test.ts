import assert from "node:assert/strict";
import { constants } from "node:crypto";
import { describe, test } from "node:test";
import type { TlsOptions } from "node:tls";
import fc from "fast-check";
import { Endpoint } from "../../src/endpoint.ts";
import { resolveOptions } from "../../src/scan-options.ts";
import { parseTarget } from "../../src/target.ts";
import { encodeClientHello } from "../../src/tls/client-hello.ts";
import { isFirstAnswerWhole, parseFirstAnswer } from "../../src/tls/server-hello.ts";
import { surveyTls, type TlsSurvey } from "../../src/tls/survey.ts";
import { certify } from "../certificate.ts";
import { hostileTls } from "../hostile-server.ts";

const ecdsa = await certify();
const rsa = await certify({ rsaBits: 2_048 });

async function surveyOf(options: TlsOptions): Promise<TlsSurvey> {
  await using server = await hostileTls(options, () => undefined);
  const settings = resolveOptions({ connectionsPerSecond: 1_000 });
  const endpoint = new Endpoint(parseTarget(`wss://127.0.0.1:${server.port}/`), settings, new AbortController().signal);
  return await surveyTls(endpoint);
}

const namesOf = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);

describe("surveyTls() finds exactly what a server accepts:", { timeout: 60_000 }, () => {
  test("TLS 1.3 alone, two suites, two groups (R2, R3, R4)", async () => {
    const survey = await surveyOf({
      ...ecdsa,
      minVersion: "TLSv1.3",
      ciphers: "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256",
      ecdhCurve: "X25519MLKEM768:X448",
    });
    assert.deepEqual(survey.versions, [0x0304]);
    assert.deepEqual(namesOf(survey.suites13), ["TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"]);
    assert.deepEqual(namesOf(survey.suites12), []);
    assert.deepEqual(namesOf(survey.groups), ["X25519MLKEM768", "X448"]);
    assert.equal(survey.hello12, undefined);
  });

  test("TLS 1.2 alone, with chosen suites and P-256 (R3, R5)", async () => {
    const survey = await surveyOf({
      ...rsa,
      minVersion: "TLSv1.2",
      maxVersion: "TLSv1.2",
      ciphers: "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA384:AES128-GCM-SHA256",
      ecdhCurve: "prime256v1",
    });
    assert.deepEqual(survey.versions, [0x0303]);
    assert.deepEqual(namesOf(survey.suites12), [
      "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
      "TLS_RSA_WITH_AES_128_GCM_SHA256",
    ]);
    assert.deepEqual(namesOf(survey.groups), ["secp256r1"]);
    assert.equal(survey.compression, false);
    assert.ok(survey.hello12?.extensions.has(0xff01));
  });

  test("groups that only the older of two versions takes (R3)", async () => {
    const curves = { minVersion: "TLSv1.2", ecdhCurve: "X25519:secp256k1" } as const;
    assert.deepEqual(namesOf((await surveyOf({ ...rsa, ...curves })).groups), ["X25519", "secp256k1"]);
    const modern = await surveyOf({ ...rsa, ...curves, minVersion: "TLSv1.3" });
    assert.deepEqual(namesOf(modern.groups), ["X25519"]);
  });

  test("TLS 1.0 and 1.1 with CBC (R2)", async () => {
    const survey = await surveyOf({
      ...rsa,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "ECDHE-RSA-AES128-SHA:AES256-SHA:@SECLEVEL=0",
      secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
    });
    assert.deepEqual(survey.versions, [0x0301, 0x0302]);
    assert.deepEqual(namesOf(survey.suites12), ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA"]);
  });
});

describe("parseFirstAnswer()", () => {
  test("gives an answer for any bytes", () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
    const hello = bytes.map((rest) => Buffer.concat([Buffer.from("160303002c0200002803", "hex"), rest]));
    const kinds = ["hello", "alert", "not-tls", "nothing"];
    fc.assert(
      fc.property(fc.oneof(bytes, hello), (input) => {
        assert.ok(kinds.includes(parseFirstAnswer(input).kind));
        assert.equal(typeof isFirstAnswerWhole(input), "boolean");
      }),
      { numRuns: 2_000, verbose: 1 },
    );
  });

  test("reads an alert, and knows HTTP for what it is not", () => {
    assert.deepEqual(parseFirstAnswer(Buffer.from("15030300020228", "hex")), { kind: "alert", description: 40 });
    assert.equal(parseFirstAnswer(Buffer.from("HTTP/1.1 400 Bad Request\r\n")).kind, "not-tls");
    assert.deepEqual(parseFirstAnswer(Buffer.alloc(0)), { kind: "nothing" });
  });
});

test("encodeClientHello() claims the length it has", () => {
  const hello = encodeClientHello({
    version: 0x0304,
    suites: [0x1301],
    servername: "chat.example",
    alpn: ["http/1.1"],
  });
  assert.equal(hello.readUInt16BE(3), hello.length - 5);
  assert.equal(hello.readUIntBE(6, 3), hello.length - 9);
});
