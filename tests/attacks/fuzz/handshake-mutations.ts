import type { Draft, Mutation, Verdict } from "./handshake-grammar.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Changes after which a handshake is as good as before. */
const harmless: readonly Mutation[] = [
  ["names in another case", (draft) => rewrite(draft, ([name, value]) => [name.toUpperCase(), value])],
  ["names in lower case", (draft) => rewrite(draft, ([name, value]) => [name.toLowerCase(), value])],
  ["headers in another order", (draft, random) => shuffle(draft, random)],
  ["spaces around values", (draft) => rewrite(draft, ([name, value]) => [name, ` \t${value} `])],
  ["no space behind the colon", (draft) => narrow(draft)],
  ["an unknown header", (draft, random) => add(draft, `X-${random.between(1, 9)}`, 'anything; at=all, "really"')],
  ["cookies", (draft) => add(draft, "Cookie", `session=${"c".repeat(2_000)}`)],
  ["a length of 0", (draft) => add(draft, "Content-Length", "0", draft.headers.some(named("Content-Length")))],
  ["keep-alive beside Upgrade", (draft) => join(draft, "Connection", "keep-alive")],
  ["a header named __proto__", (draft) => add(draft, "__proto__", "polluted")],
  ["a header named constructor", (draft) => add(draft, "constructor", "polluted")],
  ["an extension", (draft, random) => add(draft, "Sec-WebSocket-Extensions", random.pick(extensions))],
  [
    "a subprotocol",
    (draft, random) => offer(draft, random.pick(["wardwire.v1.json", "x, wardwire.v1.cbor"]), "accept"),
  ],
  ["forged proxy headers", (draft) => add(draft, "X-Forwarded-For", "1.2.3.4, evil, ::1, 999.1.1.1")],
];

const extensions = [
  "permessage-deflate",
  "permessage-deflate; client_max_window_bits=99999999999",
  "constructor, __proto__, toString",
  "x; payload=constructor; buffer",
  ";;;,,,===",
] as const;

/** Changes after which a handshake has to be refused. */
const fatal: readonly Mutation[] = [
  ...["Host", "Connection", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Key"].map(
    (name): Mutation => [`without ${name}`, (draft) => remove(draft, name)],
  ),
  ...["Host", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Key"].map(
    (name): Mutation => [`${name} twice`, (draft) => repeat(draft, name)],
  ),
  ["without a credential", (draft) => refuse(() => [remove(draft, "Origin"), remove(draft, "Authorization")])],
  ["another method", (draft, random) => refuse(() => (draft.method = random.pick(methods)))],
  ["another target", (draft, random) => refuse(() => (draft.target = random.pick(targets)))],
  ["another HTTP version", (draft, random) => refuse(() => (draft.version = random.pick(versions)))],
  ["another WebSocket version", (draft, random) => set(draft, "Sec-WebSocket-Version", random.pick(wsVersions))],
  ["a key of another size", (draft, random) => set(draft, "Sec-WebSocket-Key", badKey(random))],
  ["another upgrade", (draft, random) => set(draft, "Upgrade", random.pick(upgrades))],
  ["a hostile origin", (draft, random) => set(draft, "Origin", random.pick(origins))],
  ["a credential that is none", (draft, random) => set(draft, "Authorization", random.pick(credentials))],
  ["a subprotocol nobody speaks", (draft, random) => offer(draft, random.pick(protocols), "refuse")],
  ["a body", (draft) => add(draft, "Content-Length", "5", true)],
  ["a chunked body", (draft) => add(draft, "Transfer-Encoding", "chunked", true)],
  [
    "a length that is none",
    (draft, random) => add(draft, "Content-Length", random.pick(["-1", "0x5", "1e9", "5, 5"]), true),
  ],
  ["a folded header", (draft) => add(draft, "X-Folded", "a\r\n b", true)],
  ["a bare line feed in a value", (draft) => add(draft, "X-Split", "a\nSet-Cookie: b", true)],
  ["a bare carriage return in a value", (draft) => add(draft, "X-Split", "a\rb", true)],
  ["a NUL in a value", (draft) => add(draft, "X-Nul", "a\0b", true)],
  ["a space before the colon", (draft) => refuse(() => (draft.colon = " : "))],
  ["an empty header name", (draft) => add(draft, "", "nameless", true)],
  [
    "a name that is no token",
    (draft, random) => add(draft, random.pick(["a b", "a\tb", "(", "é", "a\x7f"]), "x", true),
  ],
  ["lines that end in a bare line feed", (draft) => refuse(() => (draft.lineEnd = "\n"))],
  ["101 headers", (draft) => refuse(() => draft.headers.push(...Array.from({ length: 101 }, many)))],
  ["17 KiB in one header", (draft) => add(draft, "X-Long", "x".repeat(17_408), true)],
  ["17 KiB in the target", (draft) => refuse(() => (draft.target = `/ws${"x".repeat(17_408)}`))],
];

const methods = ["POST", "PUT", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PATCH", "get", "PRI", "G\0T", "QUERY"] as const;
const targets = [
  "/",
  "*",
  "/ws?token=good",
  "/ws/",
  "/WS",
  "//ws",
  "/ws#x",
  "/%77s",
  "http://chat.example/ws",
  "ws",
] as const;
const versions = ["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/11", "http/1.1", "", "ICE/1.1"] as const;
const wsVersions = ["12", "0", "-13", "013", "13.0", "13,13", "x", "", "14", "4294967309"] as const;
const upgrades = ["h2c", "websocket, h2c", "websockets", "WebSocket/13", "", "http/1.1"] as const;
const origins = [
  "null",
  "https://evil.example",
  "https://chat.example.evil.example",
  "http://chat.example",
  "https://chat.example:444",
  "https://chat.example/",
  "https://CHAT.example",
  "",
  "\xff\xfe",
  `https://${"a".repeat(8_192)}`,
] as const;
const credentials = ["Bearer bad", "Bearer", "Basic Z29vZA==", "good", "", "Bearer good good", "Bearer \xe9"] as const;
const protocols = [
  "chat.v7",
  "",
  ",",
  "a,a",
  "\xe9",
  "wardwire.v1.json wardwire.v1.cbor",
  "__proto__",
  "constructor",
] as const;

/** Every mutation; the harmful ones are the more. */
export const handshakeMutations: readonly [Mutation, ...Mutation[]] = [
  ["nothing", () => "accept"],
  ...harmless,
  ...fatal,
];

function accept(change: () => unknown): Verdict {
  change();
  return "accept";
}

function refuse(change: () => unknown): Verdict {
  change();
  return "refuse";
}

function named(name: string): (header: [string, string]) => boolean {
  return ([other]) => other.toLowerCase() === name.toLowerCase();
}

function rewrite(draft: Draft, change: (header: [string, string]) => [string, string]): Verdict {
  draft.headers = draft.headers.map(change);
  return "accept";
}

function shuffle({ headers }: Draft, random: SeededRandom): Verdict {
  return accept(() => headers.unshift(...headers.splice(random.between(0, headers.length - 1))));
}

function add({ headers }: Draft, name: string, value: string, isFatal = false): Verdict {
  headers.push([name, value]);
  return isFatal ? "refuse" : "accept";
}

/** A header that is not there cannot be missed; whether it is one that must be was settled when it went. */
function remove(draft: Draft, name: string): Verdict {
  const count = draft.headers.length;
  draft.headers = draft.headers.filter((header) => !named(name)(header));
  return draft.headers.length < count ? "refuse" : "accept";
}

function repeat({ headers }: Draft, name: string): Verdict {
  const header = headers.find(named(name));
  if (header) headers.push([...header]);
  return header ? "refuse" : "accept";
}

function set(draft: Draft, name: string, value: string): Verdict {
  remove(draft, name);
  return add(draft, name, value, true);
}

/** A second value in the list of the first. */
function join({ headers }: Draft, name: string, value: string): Verdict {
  const header = headers.find(named(name));
  if (header) header[1] = `${value} , ${header[1]}`;
  return "accept";
}

function narrow(draft: Draft): Verdict {
  if (draft.colon === ": ") draft.colon = ":";
  return "accept";
}

/** Only once: a second offer would make one list of both, in which a name may be known or stand twice. */
function offer(draft: Draft, value: string, verdict: Verdict): Verdict {
  if (draft.headers.some(named("Sec-WebSocket-Protocol"))) return "accept";
  add(draft, "Sec-WebSocket-Protocol", value);
  return verdict;
}

function badKey(random: SeededRandom): string {
  const size = random.pick([0, 1, 15, 17, 18, 1_000]);
  return random.oneIn(2) ? random.bytes(size).toString("base64") : `${"!".repeat(22)}==`;
}

function many(_: unknown, i: number): [string, string] {
  return [`X-Many-${i}`, "1"];
}
