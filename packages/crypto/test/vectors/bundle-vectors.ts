import { type Bundle, issueBundle } from "../../src/keys/bundle.ts";
import { sealKeyFile } from "../../src/keys/key-file.ts";
import { issueRevocation } from "../../src/keys/revocation.ts";
import { parseSignedObject, type SigningKey } from "../../src/keys/signing-key.ts";
import { nodePrimitives } from "../../src/primitives/node.ts";
import { SecretBytes } from "../../src/secret-bytes.ts";
import { bundleOf, makeTiers, nowMs, nowSeconds, onlineKey, signingKey, type Tiers } from "../fixtures/key-tiers.ts";
import { counting, toText } from "./hex.ts";

/** A bundle of `spec/vectors/key-bundles.json`, and what a client makes of it. */
export interface BundleVector {
  readonly name: string;
  readonly bundle: string;
  readonly origin: string;
  readonly nowMs: number;
  readonly highestVersion: number;
  /** The code of the refusal, or `taken`. */
  readonly expected: "taken" | "key-bundle" | "clock";
  /** The kid that is used, where it is taken. */
  readonly kid?: string;
}

/** A key file and what is in it. */
export interface KeyFileVector {
  readonly master: string;
  readonly kind: "identity" | "delegate" | "online";
  readonly file: string;
  readonly content: string;
}

/** The content of the file. Signatures of ML-DSA-65 are randomized, so each run gives other bytes. */
export async function makeBundleVectors(): Promise<{
  readonly pins: readonly string[];
  readonly bundles: readonly BundleVector[];
  readonly keyFiles: readonly KeyFileVector[];
}> {
  const tiers = await makeTiers();
  return { pins: tiers.pins, bundles: await makeBundles(tiers), keyFiles: await makeKeyFiles() };
}

const hour = 3_600;

async function makeBundles(tiers: Tiers): Promise<readonly BundleVector[]> {
  const key = await onlineKey();
  const make = (changes: Partial<Bundle> = {}, signer: SigningKey = tiers.delegate): Promise<Uint8Array> =>
    issueBundle(signer, bundleOf(tiers, [key], changes));
  const plain = await make();
  const { payload, ed25519, mlDsa65 } = parseSignedObject("a bundle", plain);
  const changed = (part: Uint8Array): Uint8Array => {
    const at = Buffer.from(plain).indexOf(part) + part.length - 1;
    return plain.map((byte, index) => (index === at ? byte ^ 1 : byte));
  };
  const revocation = await issueRevocation(nodePrimitives, tiers.next, tiers.current.publicKey, nowSeconds);
  const refused = (name: string, bundle: Uint8Array, changes: Partial<BundleVector> = {}): BundleVector =>
    vector(name, bundle, { expected: "key-bundle", ...changes });
  const kid = toText(key.kid);
  return [
    vector("everything fits", plain, { kid }),
    refused("an hour after its end, and longer after that of its key", plain, { nowMs: nowMs + 48 * hour * 1_000 }),
    refused("an hour and a second after its end", plain, { nowMs: nowMs + (48 * hour + 1) * 1_000, expected: "clock" }),
    refused("an hour and a second too early", plain, { nowMs: nowMs - (2 * hour + 1) * 1_000, expected: "clock" }),
    vector("an hour too early", plain, { kid, nowMs: nowMs - 2 * hour * 1_000 }),
    vector("the highest version seen", plain, { kid, highestVersion: 7 }),
    refused("lower than the highest version seen", plain, { highestVersion: 8 }),
    refused("another origin", plain, { origin: "https://chat.example.test" }),
    refused("another payload", changed(payload)),
    refused("another Ed25519 signature", changed(ed25519)),
    refused("another ML-DSA-65 signature", changed(mlDsa65)),
    refused("signed by another delegate", await make({}, await signingKey(4))),
    refused("signed for another purpose", await tiers.delegate.sign("wardwire/1 delegate", payload)),
    refused("its only key revoked", await make({ revokedKids: [key.kid] })),
    refused("its identity revoked by the next one", await make({ revocations: [revocation] })),
    refused("a later protocol", await make({ minimumProtocol: 2 })),
    refused("a byte too many", Uint8Array.of(...plain, 0)),
    refused("cut off", plain.slice(0, -1)),
  ];
}

function vector(name: string, bundle: Uint8Array, changes: Partial<BundleVector>): BundleVector {
  const origin = "https://chat.example";
  return { name, origin, nowMs, highestVersion: 0, expected: "taken", ...changes, bundle: toText(bundle) };
}

async function makeKeyFiles(): Promise<readonly KeyFileVector[]> {
  const master = counting(0x20, 32);
  const contents = { identity: 64, delegate: 64, online: 48 } as const;
  return Promise.all(
    (["identity", "delegate", "online"] as const).map(async (kind) => {
      const content = counting(0x60, contents[kind]);
      const sealed = await sealKeyFile(nodePrimitives, SecretBytes.copyOf(master), kind, SecretBytes.copyOf(content));
      return { master: toText(master), kind, file: toText(sealed), content: toText(content) };
    }),
  );
}
