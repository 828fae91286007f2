/** A place in a file that looks like a secret someone left there. */
export interface Suspicion {
  readonly line: number;
  readonly what: string;
}

/** What a secret looks like. The patterns are written so that this file does not match itself. */
const patterns: readonly (readonly [what: string, pattern: RegExp])[] = [
  // With the beginning of a body: the line alone also stands in code that reads or writes such files.
  ["a private key", /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:$|(?:\\[rn])*[A-Za-z0-9+/]{6})/],
  ["a private key in JWK form", /"d"\s*:\s*"[\w-]{40,}"/],
  ["a JSON Web Token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  ["an AWS access key", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a GitHub token", /\b(?:gh[pousr]_\w{36}|github_pat_\w{30,})\b/],
  ["an npm token", /\bnpm_\w{36}\b/],
  ["a Slack token", /\bxox[abprs]-[\w-]{10,}/],
  // Not at the names set aside for examples (RFC 2606), where tests show what must be refused.
  [
    "a password in an address",
    /\b[a-z]+:\/\/[^\s/:@"'`${}<]+:[^\s/:@"'`${}<]{5,}@(?![\w.-]*\b(?:example|invalid|test)\b)/,
  ],
];

/** `secret = "…"` and the like: the name says secret and the value is long and irregular. */
const assignment =
  /\b[\w.-]*(?:secret|token|passw(?:or)?d|passphrase|api_?key|private_?key|credential)[\w-]*["']?\s*[:=]\s*["'`]([\w+/=.~-]{20,})["'`]/gi;
const suspiciousBitsPerCharacter = 3.7;

/** Every place in `text` that looks like a hard-coded secret. */
export function suspicionsIn(text: string): Suspicion[] {
  return text.split("\n").flatMap((line, index) => {
    const found = patterns.filter(([, pattern]) => pattern.test(line)).map(([what]) => what);
    for (const [, value = ""] of line.matchAll(assignment)) {
      if (bitsPerCharacter(value) >= suspiciousBitsPerCharacter) found.push("a random value under a secret's name");
    }
    return found.map((what) => ({ line: index + 1, what }));
  });
}

/** Shannon entropy: words of a language stay below 3.5 bits at this length, random base64 lies above 4. */
function bitsPerCharacter(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
