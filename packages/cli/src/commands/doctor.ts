import { networkInterfaces } from "node:os";
import { dataFile } from "../development/data-folder.ts";
import type { Check } from "../doctor/check.ts";
import { checkData } from "../doctor/data-checks.ts";
import {
  checkClock,
  checkIpv6Loopback,
  checkNode,
  checkOpenSsl,
  checkPort,
  checkPostQuantum,
} from "../doctor/runtime-checks.ts";
import { checkServerKeys } from "../doctor/server-key-checks.ts";
import type { Outcome } from "../exit-codes.ts";
import { type Output, printable, type Style } from "../output.ts";

/** The options of `wardwire doctor`, parsed. */
export interface DoctorOptions {
  readonly data: string;
  readonly port: number;
  /** A folder of server keys to look at instead of the data folder's. */
  readonly keys?: string;
}

/** Looks whether this machine is fit to run a gateway; `findings` when a check failed, warnings do not count. */
export async function doctor({ data, port, keys }: DoctorOptions, output: Output): Promise<Outcome> {
  const nowMs = Date.now();
  const versions = { node: process.versions.node, openssl: process.versions.openssl ?? "none" };
  const checks: readonly Check[] = [
    checkNode(versions),
    checkOpenSsl(versions),
    checkPostQuantum(),
    checkClock(nowMs),
    checkIpv6Loopback(networkInterfaces()),
    await checkPort(port),
    ...checkData(data, nowMs),
    ...(await checkServerKeys({ folder: keys ?? dataFile(data, "serverKeys"), keptByDev: keys === undefined }, nowMs)),
  ];
  const ok = checks.every(({ status }) => status !== "failure");
  output.record({ ok, checks });
  for (const check of checks) sayCheck(check, output);
  return ok ? "ok" : "findings";
}

const signs: { readonly [S in Check["status"]]: readonly [Style, string] } = {
  ok: ["green", "✓"],
  warning: ["yellow", "!"],
  failure: ["red", "✗"],
};

function sayCheck({ status, detail, advice }: Check, output: Output): void {
  const [style, sign] = signs[status];
  output.say(`${output.style(style, sign)} ${printable(detail)}`);
  if (advice !== undefined) output.say(`  ${printable(advice)}`);
}
