import type { Endpoint } from "../endpoint.ts";
import { encodeSsl2Hello } from "./client-hello.ts";
import { type Group, groups, type Suite, suites12, suites13 } from "./names.ts";
import { isSsl2Hello, type ServerHello } from "./server-hello.ts";

/** What a server accepts, found by asking for one thing after the other with ClientHellos of our own. */
export interface TlsSurvey {
  /** Versions by their numbers on the wire, lowest first. */
  readonly versions: readonly number[];
  /** Suites of TLS 1.2 and, where the server has no TLS 1.2, of its highest older version. */
  readonly suites12: readonly Suite[];
  readonly suites13: readonly Suite[];
  /**
   * Groups of TLS 1.3 and of the highest older version. A server with an ECDSA certificate talks in TLS 1.2 only to those
   * who offer the certificate's curve, so that it is asked in vain for another one alone.
   */
  readonly groups: readonly Group[];
  /** The server's choice from everything, in TLS 1.2. */
  readonly hello12?: ServerHello;
  /** Whether it would compress. */
  readonly compression: boolean;
}

/** Surveys a server; runs once for each endpoint. @throws ProbeFailure when TCP does not connect. */
export function surveyTls(endpoint: Endpoint): Promise<TlsSurvey> {
  return endpoint.recall("tls survey", () => survey(endpoint));
}

async function survey(endpoint: Endpoint): Promise<TlsSurvey> {
  const legacy = [0x0300, 0x0301, 0x0302, 0x0303];
  const [ssl2, hello13, ...hellos] = await Promise.all([
    answersSsl2(endpoint),
    helloOf(endpoint, 0x0304, suites13),
    ...legacy.map((version) => helloOf(endpoint, version, suites12)),
  ]);
  const spoken = legacy.filter((_, at) => hellos[at] !== undefined);
  const highest = spoken.at(-1);
  const none: readonly Group[] = [];
  const [accepted12, accepted13, groups12, groups13, compressed] = await Promise.all([
    highest === undefined ? [] : enumerate(endpoint, highest, suites12),
    hello13 === undefined ? [] : enumerate(endpoint, 0x0304, suites13),
    highest === undefined ? none : acceptedGroupsOf(endpoint, highest),
    hello13 === undefined ? none : acceptedGroupsOf(endpoint, 0x0304),
    highest === undefined ? undefined : helloOf(endpoint, highest, suites12, { compression: true }),
  ]);
  const hello12 = hellos[3];
  return {
    versions: [...(ssl2 ? [0x0002] : []), ...spoken, ...(hello13 === undefined ? [] : [0x0304])],
    suites12: accepted12,
    suites13: accepted13,
    groups: groups.filter((group) => groups12.includes(group) || groups13.includes(group)),
    ...(hello12 !== undefined && { hello12 }),
    compression: compressed !== undefined && compressed.compression !== 0,
  };
}

/** The server's choice, if it takes exactly this version. */
async function helloOf(
  endpoint: Endpoint,
  version: number,
  suites: readonly Suite[],
  extra: { readonly compression?: boolean; readonly groups?: readonly number[] } = {},
): Promise<ServerHello | undefined> {
  const { servername } = endpoint.target;
  const answer = await endpoint.hello({
    version,
    suites: suites.map(({ id }) => id),
    alpn: ["http/1.1"],
    ...(servername !== undefined && { servername }),
    ...extra,
  });
  return answer.kind === "hello" && answer.version === version ? answer : undefined;
}

/**
 * Every suite the server takes: offer all, note its choice, offer the rest, until it takes none. Several lists are worked
 * off side by side, so that a server with many suites does not take a second for each.
 */
async function enumerate(endpoint: Endpoint, version: number, suites: readonly Suite[]): Promise<Suite[]> {
  const lists = 3;
  const found = await Promise.all(
    Array.from({ length: lists }, async (_, list) => {
      const accepted: Suite[] = [];
      let left = suites.filter((_suite, at) => at % lists === list);
      while (left.length > 0) {
        const hello = await helloOf(endpoint, version, left);
        const chosen = left.find(({ id }) => id === hello?.suite);
        if (chosen === undefined) break;
        accepted.push(chosen);
        left = left.filter((suite) => suite !== chosen);
      }
      return accepted;
    }),
  );
  const accepted = new Set(found.flat());
  return suites.filter((suite) => accepted.has(suite));
}

async function acceptedGroupsOf(endpoint: Endpoint, version: number): Promise<Group[]> {
  const is13 = version === 0x0304;
  // In TLS 1.2 a suite with ephemeral elliptic curves cannot be chosen without a common group.
  const offered = is13 ? suites13 : suites12.filter(({ name }) => name.startsWith("TLS_ECDHE_"));
  const candidates = is13 ? groups : groups.filter(({ kind, id }) => kind !== "hybrid" && id < 256);
  const taken = await Promise.all(
    candidates.map(async (group) => {
      const hello = await helloOf(endpoint, version, offered, { groups: [group.id] });
      return hello !== undefined && (!is13 || hello.group === group.id);
    }),
  );
  return candidates.filter((_, at) => taken[at]);
}

async function answersSsl2(endpoint: Endpoint): Promise<boolean> {
  using stream = await endpoint.tcp();
  stream.write(encodeSsl2Hello());
  await stream.until((unread) => unread.length >= 7, Math.min(endpoint.timeoutMs, 1_000));
  return isSsl2Hello(stream.peek());
}
