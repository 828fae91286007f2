import type { SeededRandom } from "./seeded-random.ts";

/** Bytes of an opening handshake, and what a gateway must make of them. */
export interface FuzzedHandshake {
  readonly bytes: Buffer;
  /** `either` where chance decided and nobody can say without parsing it again. */
  readonly verdict: Verdict;
  /** The Sec-WebSocket-Key of a good handshake. */
  readonly key: string;
  /** Which mutations made it. */
  readonly made: readonly string[];
}

/** Whether a handshake has to be answered 101, refused, or may be either. */
export type Verdict = "accept" | "refuse" | "either";

/** A handshake before it is written out; mutations change it in place. */
export interface Draft {
  method: string;
  target: string;
  version: string;
  headers: [name: string, value: string][];
  lineEnd: string;
  /** Between a header's name and its value. */
  colon: string;
}

/** Changes a draft and tells what that makes of it; `random` chooses among variants. */
export type Mutation = readonly [name: string, mutate: (draft: Draft, random: SeededRandom) => Verdict];

/** A valid handshake, from a page or from a program, with up to three of `mutations` and now and then damaged bytes. */
export function randomHandshake(random: SeededRandom, mutations: readonly [Mutation, ...Mutation[]]): FuzzedHandshake {
  const key = random.bytes(16).toString("base64");
  const draft = validDraft(key, random);
  const made: string[] = [];
  let verdict: Verdict = "accept";
  for (let count = random.between(0, 3); count > 0; count--) {
    const [name, mutate] = random.pick(mutations);
    made.push(name);
    verdict = worse(verdict, mutate(draft, random));
  }
  const bytes = written(draft);
  if (!random.oneIn(6)) return { bytes, verdict, key, made };
  return { bytes: damaged(bytes, random), verdict: "either", key, made: [...made, "damaged bytes"] };
}

function validDraft(key: string, random: SeededRandom): Draft {
  const credential: [string, string] = random.oneIn(3)
    ? ["Authorization", "Bearer good"]
    : ["Origin", "https://chat.example"];
  return {
    method: "GET",
    target: "/ws",
    version: "HTTP/1.1",
    headers: [
      ["Host", "chat.example"],
      ["Connection", "Upgrade"],
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", key],
      credential,
    ],
    lineEnd: "\r\n",
    colon: ": ",
  };
}

function worse(a: Verdict, b: Verdict): Verdict {
  if (a === "refuse" || b === "refuse") return "refuse";
  return a === "either" || b === "either" ? "either" : "accept";
}

function written({ method, target, version, headers, lineEnd, colon }: Draft): Buffer {
  const lines = [`${method} ${target} ${version}`, ...headers.map(([name, value]) => `${name}${colon}${value}`)];
  return Buffer.from(`${lines.join(lineEnd)}${lineEnd}${lineEnd}`, "latin1");
}

function damaged(bytes: Buffer, random: SeededRandom): Buffer {
  const at = random.between(0, bytes.length - 1);
  const before = bytes.subarray(0, at);
  switch (random.between(1, 5)) {
    case 1:
      return before;
    case 2:
      return Buffer.concat([before, bytes.subarray(at + random.between(1, 8))]);
    case 3:
      return Buffer.concat([before, random.bytes(random.between(1, 16)), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([before, bytes.subarray(random.between(0, bytes.length - 1))]);
    default: {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.between(0, 7));
      return flipped;
    }
  }
}
