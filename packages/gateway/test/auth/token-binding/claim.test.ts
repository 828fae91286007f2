import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ProofBinding } from "@wardwire/crypto/handshake/device-proof";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import type { Json } from "@wardwire/wire/frames";
import type { Credential, Identity } from "../../../src/auth/identity.ts";
import { bindingFault, keepsDeviceKey, noProof } from "../../../src/auth/token-binding.ts";
import { type Device, deviceAlgorithms, newDevice } from "./device.ts";

const transcriptHash = new Uint8Array(32).fill(1);
const auth: ProofBinding = { role: "auth", transcriptHash };
const token = ["header", "claims", "signature"].join(".");
const shown: Credential = { kind: "token", token };

function identity(claims: Identity["claims"] = {}): Identity {
  return { userId: "alice", expiresAt: 4_000_000_000_000, claims };
}

function boundTo({ jwk }: Pick<Device, "jwk">): Identity {
  return identity({ cnf: { jwk } });
}

for (const algorithm of Object.keys(deviceAlgorithms) as (keyof typeof deviceAlgorithms)[]) {
  describe(`a token bound to an ${algorithm} key (AU-2)`, async () => {
    const [device, thief] = await Promise.all([newDevice(algorithm), newDevice(algorithm)]);
    const bound = boundTo(device);
    const proof = await device.prove(auth, token);
    const faultOf = (presented: { proof?: string | undefined; binding?: ProofBinding }) =>
      bindingFault(bound, shown, { proof, binding: auth, ...presented }, undefined);

    test("counts with a proof for it and for this handshake", async () => {
      assert.equal(await faultOf({}), undefined);
    });

    test("does not count without a proof: stolen, it is worth nothing", async () => {
      assert.match((await faultOf({ proof: undefined })) ?? "", /expected a proof/);
      assert.match((await faultOf({ proof: await thief.prove(auth, token) })) ?? "", /does not hold/);
    });

    test("does not count with a proof for another handshake, another token or a renewal", async () => {
      const exporter = SecretBytes.copyOf(transcriptHash);
      const others: readonly [ProofBinding, string][] = [
        [{ role: "auth", transcriptHash: new Uint8Array(32).fill(2) }, token],
        [auth, `${token}x`],
        // The same bytes in all places, so that only the role tells them apart.
        [{ role: "renewal", exporter, nonce: new Uint8Array(32) }, token],
      ];
      for (const [binding, signed] of others) {
        assert.match((await faultOf({ proof: await device.prove(binding, signed) })) ?? "", /does not hold/);
      }
    });

    test("does not count with a proof that is cut short, too long, or in another Base64", async () => {
      const otherBase64 = Buffer.from(proof, "base64url").toString("base64");
      // The last of 86 characters carries 4 bits of the signature and 2 that are zero; these set one of the two.
      const alias = proof.slice(0, -1) + { A: "B", Q: "R", g: "h", w: "x" }[proof.at(-1) ?? ""];
      for (const bad of ["", proof.slice(0, -4), `${proof}AAAA`, otherBase64, alias]) {
        assert.match((await faultOf({ proof: bad })) ?? "", /does not hold/, bad);
      }
    });

    test("does not count outside a sealed connection, whatever proof comes with it (AU-3)", async () => {
      assert.match((await bindingFault(bound, shown, noProof, undefined)) ?? "", /sealed connection only/);
      const plain = { proof, binding: undefined };
      assert.match((await bindingFault(bound, shown, plain, undefined)) ?? "", /sealed connection only/);
    });
  });
}

describe("cnf (AU-3)", async () => {
  const device = await newDevice("P-256");
  const proof = await device.prove(auth, token);
  const presented = { proof, binding: auth };
  const { kty = "", x = "", y = "" } = device.jwk;
  const faultOf = (cnf: Json): Promise<string | undefined> =>
    bindingFault(identity({ cnf }), shown, presented, undefined);

  const unusable: Readonly<Record<string, Json>> = {
    null: null,
    "a boolean": true,
    "a text": "jwk",
    "a list": [{ jwk: device.jwk }],
    "an empty object": {},
    "a thumbprint of a key": { jkt: "x".repeat(43) },
    "a thumbprint of a certificate": { "x5t#S256": "x".repeat(43) },
    "a key's name": { kid: "k1" },
    "an encrypted key": { jwe: "a.b.c.d.e" },
    "a URL of keys": { jku: "https://id.example/jwks.json", kid: "k1" },
    "jwk null": { jwk: null },
    "jwk a list": { jwk: [device.jwk] },
    "jwk a text": { jwk: JSON.stringify(device.jwk) },
    "jwk without a type": { jwk: { crv: "P-256", x, y } },
    "a symmetric key": { jwk: { kty: "oct", k: x } },
    "an RSA key": { jwk: { kty: "RSA", n: x, e: "AQAB" } },
    "a key of another curve": { jwk: { kty, crv: "P-384", x, y } },
    "a key for key agreement": { jwk: { kty: "OKP", crv: "X25519", x } },
    "an Ed448 key": { jwk: { kty: "OKP", crv: "Ed448", x } },
    "a type and a curve that do not fit": { jwk: { kty: "OKP", crv: "P-256", x, y } },
    "a private key": { jwk: { ...device.jwk, d: x } },
    "a key without x": { jwk: { kty, crv: "P-256", y } },
    "a key without y": { jwk: { kty, crv: "P-256", x } },
    "a key whose x is no text": { jwk: { kty, crv: "P-256", x: 1, y } },
  };
  for (const [what, cnf] of Object.entries(unusable)) {
    test(`that is ${what} is refused and never passed over (RFC 7800 §3)`, async () => {
      assert.match((await faultOf(cnf)) ?? "", /expected jwk to be a public key/);
    });
  }

  test("that names a point of no curve, or too little of one, is a key whose proof does not hold", async () => {
    for (const bad of [{ y: x }, { x: "AA" }, { x: "" }, { x: "not Base64url!" }]) {
      assert.match((await faultOf({ jwk: { ...device.jwk, ...bad } })) ?? "", /does not hold/);
    }
  });

  test("may say more than jwk, which counts for nothing (RFC 7800 §3.1)", async () => {
    assert.equal(await faultOf({ jwk: device.jwk }), undefined);
    assert.equal(await faultOf({ jwk: { ...device.jwk, use: "sig", alg: "ES512" }, kid: "k1" }), undefined);
  });

  test("is what an identity of any authenticator says, whether it is a token's or not; a ticket proves nothing", async () => {
    const others: readonly Credential[] = [
      { kind: "ticket", ticket: token },
      { kind: "certificate", der: new TextEncoder().encode(token) },
    ];
    for (const credential of others) {
      const fault = await bindingFault(boundTo(device), credential, presented, undefined);
      assert.match(fault ?? "", /cannot prove a device key/);
    }
  });
});

describe("an identity without cnf", () => {
  const plain = { proof: undefined, binding: auth };

  test("is taken, on sealed connections and others, with a needless proof too", async () => {
    assert.equal(await bindingFault(identity(), shown, plain, undefined), undefined);
    assert.equal(await bindingFault(identity(), shown, { ...plain, proof: "AAAA" }, undefined), undefined);
    assert.equal(await bindingFault(identity(), shown, noProof, undefined), undefined);
  });

  test("from an authenticator that gives no claims is one", async () => {
    const { claims: _, ...bare } = identity();
    assert.equal(await bindingFault(bare as Identity, shown, plain, undefined), undefined);
    assert.match((await bindingFault(bare as Identity, shown, plain, "required")) ?? "", /names no device key/);
  });

  test("is refused where binding is required, on sealed connections and no others (AU-2)", async () => {
    const credentials: readonly Credential[] = [
      shown,
      { kind: "ticket", ticket: token },
      { kind: "certificate", der: new Uint8Array(1) },
    ];
    for (const credential of credentials) {
      const fault = await bindingFault(identity(), credential, plain, "required");
      assert.equal(fault, `the ${credential.kind} names no device key`);
      assert.equal(await bindingFault(identity(), credential, noProof, "required"), undefined);
    }
  });

  test("is the only one refused for that: what is bound and proved is taken", async () => {
    const device = await newDevice();
    const presented = { proof: await device.prove(auth, token), binding: auth };
    assert.equal(await bindingFault(boundTo(device), shown, presented, "required"), undefined);
  });
});

describe("a renewal (AU-4)", async () => {
  const [device, other] = await Promise.all([newDevice("P-256"), newDevice("P-256")]);
  const edwards = await newDevice("Ed25519");
  const bound = boundTo(device);

  test("keeps the device key, however its claim is written", () => {
    assert.equal(keepsDeviceKey(bound, boundTo(device)), true);
    assert.equal(keepsDeviceKey(bound, identity({ cnf: { jwk: { ...device.jwk, kid: "k1" }, kid: "k1" } })), true);
    assert.equal(keepsDeviceKey(boundTo(edwards), boundTo(edwards)), true);
  });

  test("neither drops it nor puts another in its place", () => {
    const { jwk } = device;
    const others: Readonly<Record<string, Identity>> = {
      "no key": identity(),
      "another device's": boundTo(other),
      "another kind": boundTo(edwards),
      "the other point with this x": identity({ cnf: { jwk: { ...jwk, y: other.jwk["y"] ?? "" } } }),
      "the other point with this y": identity({ cnf: { jwk: { ...jwk, x: other.jwk["x"] ?? "" } } }),
      "another curve": identity({ cnf: { jwk: { kty: "OKP", crv: "Ed25519", x: jwk["x"] ?? "" } } }),
      "a key we cannot check": identity({ cnf: { jkt: "x" } }),
    };
    for (const [what, renewed] of Object.entries(others)) assert.equal(keepsDeviceKey(bound, renewed), false, what);
    assert.equal(keepsDeviceKey(identity({ cnf: {} }), identity({ cnf: {} })), false, "what was never proved");
  });

  test("may bind a connection that was not bound", () => {
    assert.equal(keepsDeviceKey(identity(), boundTo(device)), true);
    assert.equal(keepsDeviceKey(identity(), identity()), true);
  });
});
