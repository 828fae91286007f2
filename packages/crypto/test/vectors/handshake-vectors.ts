import { startHandshake } from "../../src/handshake/client-handshake.ts";
import { AwaitingFirstMessage } from "../../src/handshake/gateway-handshake.ts";
import type { EstablishedSession } from "../../src/handshake/key-schedule.ts";
import { SeenCiphertexts } from "../../src/handshake/seen-ciphertexts.ts";
import type { Suite } from "../../src/handshake/suites.ts";
import { kidOf } from "../../src/keys/bundle.ts";
import type { Primitives } from "../../src/primitives/primitives.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import { unlimited } from "../fixtures/handshakes.ts";
import { derandomized } from "./derandomized.ts";
import { counting, toBytes, toText } from "./hex.ts";

/** What goes into a handshake of `spec/vectors/handshake.json`; bytes are hexadecimal. */
export interface HandshakeInputs {
  readonly name: string;
  readonly onlineSeed: string;
  readonly bundleVersion: number;
  readonly bundleHash: string;
  readonly suites: readonly Suite[];
  readonly origin: string;
  readonly path: string;
  readonly ephemeralSeed: string;
  /** Of `skem` and `ekem`, 64 bytes each, as the X-Wing draft's eseed. */
  readonly coins: readonly [string, string];
  readonly serverTimeMs: number;
  readonly limits: { readonly maxPlaintextBytes: number; readonly maxMessageBytes: number };
  /** The exporter and the suite of the session it runs in, for mode 2. */
  readonly within?: { readonly exporter: string; readonly suite: Suite };
}

/** What comes out of it. */
export interface HandshakeOutputs {
  readonly message1: string;
  readonly message2: string;
  /** The KEM secrets, for implementations without ML-KEM. */
  readonly kemSecrets: readonly string[];
  readonly suite: number;
  readonly transcriptHash: string;
  readonly clientTraffic: string;
  readonly gatewayTraffic: string;
  readonly exporter: string;
}

/** The handshakes of the file. */
export const handshakeInputs: readonly HandshakeInputs[] = [
  inputs("suite 1"),
  inputs("the client prefers suite 2", { suites: [0x0002, 0x0001] }),
  inputs("suite 2 only, another key, lower limits", {
    suites: [0x0002],
    onlineSeed: toText(counting(0xa0, 32)),
    limits: { maxPlaintextBytes: 1_024, maxMessageBytes: 1_024 },
  }),
  inputs("a fresh handshake in a session", { within: { exporter: toText(counting(0x55, 32)), suite: 0x0001 } }),
];

/** Both ends of a handshake, to be used by one vector after another. */
export async function endsOf(
  primitives: Primitives,
  vector: HandshakeInputs,
): Promise<{
  readonly start: () => ReturnType<typeof startHandshake>;
  readonly gateway: AwaitingFirstMessage;
  readonly secrets: readonly string[];
}> {
  const online = await primitives.kem.fromSeed(SecretBytes.take(toBytes(vector.onlineSeed)));
  const kid = await kidOf(primitives, online.publicKey);
  const hash = toBytes(vector.bundleHash);
  const [skem, ekem] = vector.coins.map(toBytes) as [Uint8Array, Uint8Array];
  const ephemeralSeed = toBytes(vector.ephemeralSeed);
  const client = derandomized(primitives, { ephemeralSeed, encapsulation: [skem] });
  const gateway = derandomized(primitives, { ephemeralSeed, encapsulation: [ekem] });
  const within = vector.within && {
    exporter: SecretBytes.take(toBytes(vector.within.exporter)),
    suite: vector.within.suite,
  };
  const { origin, path, suites, limits, bundleVersion: version } = vector;
  const bundle = { version, hash, kid, publicKey: online.publicKey, notAfter: 0 };
  return {
    start: () => startHandshake({ primitives: client, bundle, origin, path, suites, ...(within && { within }) }),
    gateway: new AwaitingFirstMessage(
      {
        primitives: gateway,
        keys: { bundleHash: () => hash, take: () => ({ publicKey: online.publicKey, privateKey: online }) },
        origins: [origin],
        paths: [path],
        limits,
        seen: new SeenCiphertexts(),
        kemBudget: unlimited,
        now: () => vector.serverTimeMs,
      },
      unlimited,
      within,
    ),
    get secrets() {
      return [...client.secrets, ...gateway.secrets];
    },
  };
}

/** The outputs of a vector on a backend; both ends must agree. */
export async function runHandshake(primitives: Primitives, vector: HandshakeInputs): Promise<HandshakeOutputs> {
  const ends = await endsOf(primitives, vector);
  const { message, awaiting } = await ends.start();
  const answer = await ends.gateway.receive(message);
  const message1 = toText(message);
  const message2 = toText(answer.message);
  const client = outputsOf(await awaiting.receive(answer.message));
  const gateway = outputsOf(answer.session);
  if (JSON.stringify(client) !== JSON.stringify(gateway)) throw new Error("the two ends do not agree");
  return { message1, message2, kemSecrets: ends.secrets, ...client };
}

function outputsOf({ suite, transcriptHash, clientTraffic, gatewayTraffic, exporter }: EstablishedSession) {
  return {
    suite,
    transcriptHash: toText(transcriptHash),
    clientTraffic: clientTraffic.use(toText),
    gatewayTraffic: gatewayTraffic.use(toText),
    exporter: exporter.use(toText),
  };
}

function inputs(name: string, changes: Partial<HandshakeInputs> = {}): HandshakeInputs {
  return {
    name,
    onlineSeed: toText(counting(0x10, 32)),
    bundleVersion: 7,
    bundleHash: toText(counting(0x30, 32)),
    suites: [0x0001, 0x0002],
    origin: "https://chat.example",
    path: "/ws",
    ephemeralSeed: toText(counting(0x70, 32)),
    coins: [toText(counting(0x80, 64)), toText(counting(0xc0, 64))],
    serverTimeMs: 1_795_262_400_000,
    limits: { maxPlaintextBytes: 61_440, maxMessageBytes: 65_536 },
    ...changes,
  };
}

/** A change to message 1 or 2 of the first vector after which it must be refused. */
export interface Refusal {
  readonly name: string;
  readonly message: 1 | 2;
  readonly bytes: string;
}

/** The refusals of the file, made from the messages of the first vector. */
export function refusalsOf({ message1, message2 }: HandshakeOutputs): readonly Refusal[] {
  const flip = (message: 1 | 2, name: string, at: number): Refusal => {
    const bytes = toBytes(message === 1 ? message1 : message2);
    bytes[at] = (bytes[at] as number) ^ 1;
    return { name, message, bytes: toText(bytes) };
  };
  return [
    flip(1, "another type", 0),
    flip(1, "another version", 7),
    flip(1, "another suite", 11),
    flip(1, "another mode", 18),
    flip(1, "another byte of the origin", 50),
    flip(1, "another byte of the ML-KEM ciphertext", 70),
    flip(1, "another X25519 share", 1_158),
    flip(1, "another key of the client", 1_190),
    flip(1, "another payload", 2_406),
    flip(1, "another tag", 2_422),
    { name: "cut off", message: 1, bytes: message1.slice(0, -2) },
    { name: "a byte too many", message: 1, bytes: `${message1}00` },
    flip(2, "another type", 0),
    flip(2, "another ML-KEM ciphertext", 1),
    flip(2, "another X25519 share", 1_089),
    flip(2, "another echo", 1_122),
    flip(2, "another tag", 1_159),
    { name: "cut off", message: 2, bytes: message2.slice(0, -2) },
    { name: "a byte too many", message: 2, bytes: `${message2}00` },
  ];
}
