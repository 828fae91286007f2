import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { maxHeaders, parseOpeningHandshake, type RequestHead } from "../../src/host/opening-handshake.ts";

const correct = [
  ["Host", "chat.example"],
  ["Connection", "keep-alive, Upgrade"],
  ["Upgrade", "WebSocket"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
  ["Origin", "https://chat.example"],
] as const;

type Pairs = readonly (readonly [string, string])[];

function head(headers: Pairs, other: Partial<RequestHead> = {}): RequestHead {
  return { method: "GET", httpVersion: "1.1", url: "/ws", rawHeaders: headers.flat(), ...other };
}

const having = (...more: Pairs) => head([...correct, ...more]);
const without = (name: string) => head(correct.filter(([other]) => other !== name));
const changing = (name: string, value: string) => head(correct.map(([n, v]) => [n, n === name ? value : v]));

function statusOf(request: RequestHead): number {
  const opening = parseOpeningHandshake(request);
  return opening.wellFormed ? 101 : opening.refusal.status;
}

describe("the opening handshake (R13)", () => {
  test("gives target, headers and subprotocols of a correct request", () => {
    const opening = parseOpeningHandshake(having(["sec-websocket-protocol", "a, b"], ["Sec-WebSocket-Protocol", "c"]));
    assert.ok(opening.wellFormed);
    assert.equal(opening.target, "/ws");
    assert.deepEqual(opening.headers.get("origin"), ["https://chat.example"]);
    assert.deepEqual(opening.subprotocols, ["a", "b", "c"]);
  });

  const accepted: readonly (readonly [string, RequestHead])[] = [
    ["no Origin", without("Origin")],
    ["content-length 0", having(["Content-Length", "0"])],
    ["other headers twice", having(["X-Forwarded-For", "1"], ["X-Forwarded-For", "2"])],
    ["a header named __proto__", having(["__proto__", "x"], ["constructor", "y"])],
    ["extension names that objects have", having(["Sec-WebSocket-Extensions", "__proto__, constructor"])],
    ["Upgrade in a second Connection header", having(["Connection", "foo"])],
    ["as many headers as allowed", having(...Array(maxHeaders - correct.length).fill(["A", "b"]))],
  ];
  for (const [what, request] of accepted) {
    test(`accepts ${what}`, () => assert.equal(statusOf(request), 101));
  }

  const rest = correct.filter(([name]) => name !== "Sec-WebSocket-Key");
  const refused: readonly (readonly [number, string, RequestHead])[] = [
    [405, "POST", head(correct, { method: "POST" })],
    [405, "a lower-case method", head(correct, { method: "get" })],
    [400, "HTTP/1.0", head(correct, { httpVersion: "1.0" })],
    [400, "HTTP/2.0", head(correct, { httpVersion: "2.0" })],
    [400, "an absolute target", head(correct, { url: "http://evil.example/ws" })],
    [400, "an authority as target", head(correct, { url: "evil.example:443" })],
    [400, "a target with a fragment", head(correct, { url: "/ws#top" })],
    [400, "no target", head(correct, { url: "" })],
    [400, "no Host", without("Host")],
    [400, "an empty Host", changing("Host", "")],
    [400, "no Upgrade", without("Upgrade")],
    [400, "Upgrade: h2c", changing("Upgrade", "h2c")],
    [400, "Upgrade with a second protocol", changing("Upgrade", "websocket, h2c")],
    [400, "two Upgrade headers", having(["Upgrade", "websocket"])],
    [400, "no Connection", without("Connection")],
    [400, "Connection without Upgrade", changing("Connection", "keep-alive")],
    [400, "Connection with a longer word", changing("Connection", "Upgraded, x-upgrade")],
    [426, "no version", without("Sec-WebSocket-Version")],
    [426, "version 8", changing("Sec-WebSocket-Version", "8")],
    [426, "version 013", changing("Sec-WebSocket-Version", "013")],
    [426, "version 13.0", changing("Sec-WebSocket-Version", "13.0")],
    [400, "no key", without("Sec-WebSocket-Key")],
    [400, "an empty key", changing("Sec-WebSocket-Key", "")],
    [400, "a key of 15 bytes", changing("Sec-WebSocket-Key", Buffer.alloc(15).toString("base64"))],
    [400, "a key of 17 bytes", changing("Sec-WebSocket-Key", Buffer.alloc(17).toString("base64"))],
    [400, "a key in base64url", changing("Sec-WebSocket-Key", "__________________________")],
    [
      400,
      "the keys of Hixie-76",
      head([...rest, ["Sec-WebSocket-Key1", "4 @1 46546xW%0l 1 5"], ["Sec-WebSocket-Key2", "12998 5"]]),
    ],
    [400, "content-length 1", having(["Content-Length", "1"])],
    [400, "content-length twice", having(["Content-Length", "0"], ["Content-Length", "0"])],
    [400, "transfer-encoding", having(["Transfer-Encoding", "chunked"])],
    [400, "an empty subprotocol list", having(["Sec-WebSocket-Protocol", ""])],
    [400, "an empty subprotocol", having(["Sec-WebSocket-Protocol", "a,,b"])],
    [400, "a subprotocol twice", having(["Sec-WebSocket-Protocol", "a, a"])],
    [400, "a subprotocol with a space", having(["Sec-WebSocket-Protocol", "a b"])],
    [400, "a subprotocol outside ASCII", having(["Sec-WebSocket-Protocol", "\u00e9"])],
    [431, "one header too many", having(...Array(maxHeaders - correct.length + 1).fill(["A", "b"]))],
  ];
  for (const [status, what, request] of refused) {
    test(`refuses ${what} with ${status}`, () => assert.equal(statusOf(request), status));
  }

  for (const name of ["Host", "Origin", "Authorization", "Sec-WebSocket-Key", "Sec-WebSocket-Version"]) {
    const value = correct.find(([other]) => other === name)?.[1] ?? "Bearer abc";
    const others = correct.filter(([other]) => other !== name);
    test(`refuses ${name} twice or joined by a comma with 400`, () => {
      assert.equal(statusOf(head([...others, [name, value]])), 101);
      assert.equal(statusOf(head([...others, [name, value], [name.toLowerCase(), value]])), 400);
      assert.equal(statusOf(head([...others, [name, `${value}, ${value}`]])), 400);
    });
  }

  test("names version 13 in a 426", () => {
    const opening = parseOpeningHandshake(changing("Sec-WebSocket-Version", "14"));
    assert.ok(!opening.wellFormed);
    assert.equal(opening.refusal.headers["Sec-WebSocket-Version"], "13");
    assert.equal(opening.refusal.headers["Upgrade"], "websocket");
  });

  test("is total: any request is accepted or refused with a status from 400 to 431", () => {
    const header = fc.tuple(
      fc.constantFrom(...correct.map(([name]) => name), "__proto__", "content-length"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(header), fc.string(), fc.string(), (headers, method, url) => {
        const status = statusOf(head(headers, { method, url }));
        assert.ok(status === 101 || (status >= 400 && status <= 431));
      }),
    );
  });
});
