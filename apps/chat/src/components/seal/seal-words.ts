import type { SealedSecurity } from "@wardwire/client";
import { fullTime } from "../../times.ts";

/** Something about a seal, in words. */
export interface SealFact {
  readonly name: string;
  readonly words: string;
}

/** What a seal means to a person, the important first. */
export function sealFacts({ suite, keysSince }: SealedSecurity): readonly SealFact[] {
  return [
    {
      name: "Who can read",
      words: "The people in this room, and the server. Not those who carry the traffic, such as a proxy or a CDN.",
    },
    { name: "Encryption", words: suiteWords[suite] },
    {
      name: "Post-quantum",
      words: "Yes. To read today's traffic later, one would have to break both ML-KEM-768 and X25519.",
    },
    { name: "Keys in use since", words: fullTime(keysSince) },
  ];
}

/** A pin in groups that an eye does not lose; joined they are the pin again. */
export function pinGroups(pin: string): readonly string[] {
  const [, name = "", hash = ""] = /^(\w+:)?(.*)$/.exec(pin) ?? [];
  return [name, ...(hash.match(/.{1,4}/g) ?? [])].filter((group) => group !== "");
}

const suiteWords: Readonly<Record<SealedSecurity["suite"], string>> = {
  "X-Wing + AES-256-GCM": "X-Wing, which is ML-KEM-768 and X25519 in one, agrees on the keys. AES-256-GCM encrypts.",
  "X-Wing + ChaCha20-Poly1305":
    "X-Wing, which is ML-KEM-768 and X25519 in one, agrees on the keys. ChaCha20-Poly1305 encrypts.",
};
