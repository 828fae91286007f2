import type { Settings } from "./scan-options.ts";

/** Values shorter than this are too common in evidence to be taken for a secret. */
const shortestSecret = 6;

/** Takes the caller's credentials out of texts, since servers echo what they are sent (R53). */
export function redactor({ token, cookie, headers, proxy }: Settings): (text: string) => string {
  const cookieValues = (cookie ?? "").split(";").map((pair) => pair.slice(pair.indexOf("=") + 1).trim());
  const secrets = [token, cookie, proxy?.authorization, ...cookieValues, ...headers.map(([, value]) => value)]
    .filter((value) => value !== undefined && value.length >= shortestSecret)
    .map(String)
    .toSorted((a, b) => b.length - a.length);
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, "[redacted]"), text);
}
