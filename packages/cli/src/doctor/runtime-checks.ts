import { createSecureContext } from "node:tls";
import { portProblem } from "../free-port.ts";
import type { Check } from "./check.ts";

/** The versions of a runtime, as in `process.versions`. */
export interface RuntimeVersions {
  readonly node: string;
  readonly openssl: string;
}

/** Whether Node can run a gateway (24.15), and has the security releases known when this was written (24.21). */
export function checkNode({ node }: RuntimeVersions): Check {
  const id = "node-version";
  const detail = `Node ${node}`;
  if (isAtLeast(node, [24, 21])) return { id, status: "ok", detail };
  const status = isAtLeast(node, [24, 15]) ? "warning" : "failure";
  return { id, status, detail, advice: "install Node 24.21 or later: earlier ones lack security releases" };
}

/** Whether OpenSSL is one with ML-KEM, 3.5. */
export function checkOpenSsl({ openssl }: RuntimeVersions): Check {
  const id = "openssl-version";
  const detail = `OpenSSL ${openssl}`;
  if (isAtLeast(openssl, [3, 5])) return { id, status: "ok", detail };
  return {
    id,
    status: "failure",
    detail,
    advice: "use a Node built with OpenSSL 3.5 or later, as the official ones are",
  };
}

/** Whether TLS can agree on keys that a quantum computer cannot find (R4). */
export function checkPostQuantum(): Check {
  const id = "post-quantum";
  try {
    createSecureContext({ ecdhCurve: "X25519MLKEM768" });
    return { id, status: "ok", detail: "TLS offers X25519MLKEM768" };
  } catch {
    const advice = "use the official build of Node 24.21 or later";
    return { id, status: "failure", detail: "TLS has no X25519MLKEM768", advice };
  }
}

/** Whether the clock can be right: tokens and certificates are refused when it is not. */
export function checkClock(nowMs: number): Check {
  const id = "clock";
  const detail = `the time is ${new Date(nowMs).toISOString()}`;
  if (nowMs >= earliestMs && nowMs < latestMs) return { id, status: "ok", detail };
  return { id, status: "failure", detail, advice: "set the clock, for example with: timedatectl set-ntp true" };
}

/** Whether a port can be listened on, in both loopback families. */
export async function checkPort(port: number): Promise<Check> {
  const id = "port";
  const problem = (await portProblem(port, "127.0.0.1")) ?? (await portProblem(port, "::1"));
  if (problem === undefined) return { id, status: "ok", detail: `port ${port} is free` };
  const advice = "stop what uses it, or give another with --port";
  return { id, status: "failure", detail: `port ${port} cannot be used (${problem})`, advice };
}

/** Whether `localhost` can be reached over IPv6 too. */
export function checkIpv6Loopback(interfaces: NodeJS.Dict<readonly { readonly address: string }[]>): Check {
  const id = "ipv6-loopback";
  const addresses = Object.values(interfaces).flatMap((list) => list ?? []);
  if (addresses.some(({ address }) => address === "::1")) return { id, status: "ok", detail: "::1 is there" };
  const advice = "nothing to do unless clients come over IPv6; the gateway then listens on 127.0.0.1 only";
  return { id, status: "warning", detail: "this machine has no ::1", advice };
}

/** This was written in 2026; a machine that believes in an earlier year, or the far future, is mistaken. */
const earliestMs = Date.UTC(2026, 0);
const latestMs = Date.UTC(2100, 0);

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [hasMajor = 0, hasMinor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return hasMajor > major || (hasMajor === major && hasMinor >= minor);
}
