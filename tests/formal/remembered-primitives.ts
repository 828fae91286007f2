import type { AeadKey, Primitives, SignatureScheme } from "@wardwire/crypto/primitives";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";

/**
 * The real primitives, which compute nothing twice: an exploration makes each world anew, and so asks for the same
 * derivations, openings and signatures thousands of times. Only for tests: what is remembered is secret, and never erased.
 */
export function rememberedPrimitives(): Primitives<"sync"> {
  const remember = memory();
  return {
    ...nodePrimitives,
    hkdfExpand(prk, info, length) {
      const compute = (): Buffer => nodePrimitives.hkdfExpand(prk, info, length).use((bytes) => Buffer.from(bytes));
      return SecretBytes.copyOf(prk.use((bytes) => remember([bytes, info, Buffer.of(length)], compute)));
    },
    importAead(algorithm, secret) {
      const name = secret.use((bytes) => Buffer.from(bytes));
      return openingOnce(nodePrimitives.importAead(algorithm, secret), name, remember);
    },
    ed25519: signingOnce(nodePrimitives.ed25519, remember),
  };
}

type Remember = <Result>(inputs: readonly Uint8Array[], compute: () => Result) => Result;

function memory(): Remember {
  const results = new Map<string, unknown>();
  return <Result>(inputs: readonly Uint8Array[], compute: () => Result): Result => {
    const name = inputs.map((input) => Buffer.from(input).toString("base64")).join();
    if (!results.has(name)) results.set(name, compute());
    return results.get(name) as Result;
  };
}

/** Sealing is left as it is: what counts is who does it how often. */
function openingOnce(key: AeadKey<"sync">, name: Uint8Array, remember: Remember): AeadKey<"sync"> {
  return {
    ...key,
    open: (nonce, associatedData, sealed) =>
      remember([name, nonce, associatedData, sealed], () => key.open(nonce, associatedData, sealed))?.slice(),
  };
}

function signingOnce(scheme: SignatureScheme<"sync">, remember: Remember): SignatureScheme<"sync"> {
  return {
    ...scheme,
    signer(seed) {
      const signer = scheme.signer(seed);
      return {
        ...signer,
        sign: (message) => remember([signer.publicKey, message], () => signer.sign(message)).slice(),
      };
    },
    verifier(publicKey) {
      const verifier = scheme.verifier(publicKey);
      return {
        verify: (message, signature) =>
          remember([publicKey, message, signature], () => verifier.verify(message, signature)),
      };
    },
  };
}
