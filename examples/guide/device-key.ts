import { connect } from "@wardwire/client";
import { chat } from "../chat.contract.ts";

/**
 * This browser's key: made by the first call, and the same from then on. IndexedDB keeps the key and shows nobody its
 * bytes: a script that gets into the page may use it there, and cannot take it away.
 */
export async function deviceKey(): Promise<CryptoKeyPair> {
  const opening = indexedDB.open("device");
  opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
  const database = await resultOf(opening);
  const keys = (mode: IDBTransactionMode) => database.transaction("keys", mode).objectStore("keys");
  const find = (): Promise<CryptoKeyPair | undefined> => resultOf(keys("readonly").get("mine"));
  try {
    const kept = await find();
    if (kept !== undefined) return kept;
    const made = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    // Where another tab has been faster, its key counts.
    await resultOf(keys("readwrite").add(made, "mine")).catch(() => undefined);
    return (await find()) ?? made;
  } finally {
    database.close();
  }
}

/**
 * Connects with tokens bound to this browser. `signIn` sends the public key to your sign-in and gives the token it
 * answers with; `pin` is what `wardwire keys` printed.
 */
export async function connectFromThisDevice(
  url: string,
  pin: string,
  signIn: (publicKey: JsonWebKey) => Promise<string>,
) {
  const key = await deviceKey();
  const publicKey = await crypto.subtle.exportKey("jwk", key.publicKey);
  return connect(url, { contract: chat, serverKey: pin, deviceKey: key, token: () => signIn(publicKey) });
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
