/** The names a certificate is for, by kind (RFC 5280 §4.2.1.6). */
export interface SubjectAlternativeNames {
  readonly uris: readonly string[];
  /** In lower case. */
  readonly dnsNames: readonly string[];
  readonly emails: readonly string[];
}

/**
 * Reads `subjectAltName` of node:crypto's `X509Certificate`. Node puts a value with a comma, a quote or a control
 * character into JSON quotes (CVE-2021-44532), so that no value can pass for two.
 *
 * @returns undefined when the text is not of that form; other kinds of name are left out.
 */
export function subjectAlternativeNames(text: string): SubjectAlternativeNames | undefined {
  const names = { URI: [] as string[], DNS: [] as string[], email: [] as string[] };
  entry.lastIndex = 0;
  for (let at = 0; at < text.length; at = entry.lastIndex) {
    entry.lastIndex = at;
    const [, kind = "", plain = "", quoted] = entry.exec(text) ?? [];
    if (kind === "") return undefined;
    const value = quoted === undefined ? plain : unquote(quoted);
    if (value === undefined) return undefined;
    if (kind === "URI" || kind === "DNS" || kind === "email") names[kind].push(value);
  }
  return { uris: names.URI, dnsNames: names.DNS.map((name) => name.toLowerCase()), emails: names.email };
}

const entry = /([A-Za-z ]+):(?:([^",]*)|("(?:[^"\\]|\\.)*"))(?:, |$)/y;

function unquote(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted);
  } catch {
    return undefined;
  }
}
