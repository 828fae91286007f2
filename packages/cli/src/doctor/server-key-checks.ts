import { type KeyFiles, keyFilesIn } from "@wardwire/gateway/server-keys/files";
import { hasBundle, readBundle } from "@wardwire/gateway/server-keys/published";
import { CliError } from "../cli-error.ts";
import { gatewayFailure } from "../gateway-failure.ts";
import type { Check } from "./check.ts";

/** Which keys to look at. */
export interface ServerKeysLook {
  readonly folder: string;
  /** Whether `wardwire dev` keeps them, which renews what has ended; else ended keys are a failure. */
  readonly keptByDev: boolean;
}

/** Looks at the keys of sealed connections: who can read them, and how long delegate and bundle are good for. */
export async function checkServerKeys(look: ServerKeysLook, nowMs: number): Promise<readonly Check[]> {
  const files = keyFilesIn(look.folder);
  const id = "server-keys";
  try {
    if (!hasBundle(files)) {
      const detail = `there are no server keys in ${look.folder}`;
      if (look.keptByDev) return [{ id, status: "ok", detail: `${detail} yet; dev makes them` }];
      return [{ id, status: "failure", detail, advice: "run: wardwire keys init" }];
    }
    readAll(files);
    const { bundle, certificate } = await readBundle(files);
    const closed: Check = { id, status: "ok", detail: "server keys are closed to other users" };
    return [
      closed,
      checkEnd("server-key-delegate", "the delegate", certificate.notAfter, { look, nowMs, ...delegateTerm }),
      checkEnd("server-key-bundle", "the key bundle", bundle.notAfter, { look, nowMs, ...bundleTerm }),
    ];
  } catch (error) {
    const failure = gatewayFailure(error);
    if (!(failure instanceof CliError)) throw error;
    return [{ id, status: "failure", detail: failure.message, advice: "if someone may have read a key, replace it" }];
  }
}

/** Reading is what looks at modes; what is in the files stays sealed. */
function readAll(files: KeyFiles): void {
  for (const folder of ["online", "history", "identity-current", "identity-next"]) {
    for (const name of files.list(folder)) files.read(`${folder}/${name}`, name.endsWith(".key"));
  }
}

interface Term {
  /** Less than so many hours left are worth a warning. */
  readonly warningHours: number;
  readonly command: string;
}

const delegateTerm: Term = { warningHours: 14 * 24, command: "wardwire keys rotate --delegate" };

/** A gateway that runs signs another a day after each. */
const bundleTerm: Term = { warningHours: 36, command: "wardwire keys rotate" };

function checkEnd(
  id: string,
  what: string,
  notAfter: number,
  { look, nowMs, warningHours, command }: Term & { readonly look: ServerKeysLook; readonly nowMs: number },
): Check {
  const hours = Math.floor((notAfter * 1_000 - nowMs) / 3_600_000);
  const advice = look.keptByDev ? "start dev: it renews it" : `run: ${command}`;
  if (hours < 0) return { id, status: look.keptByDev ? "warning" : "failure", detail: `${what} has ended`, advice };
  const left = hours >= 96 ? `${Math.floor(hours / 24)} days` : `${hours} hours`;
  const detail = `${what} is good for ${left}`;
  return hours < warningHours ? { id, status: "warning", detail, advice } : { id, status: "ok", detail };
}
