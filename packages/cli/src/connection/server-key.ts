import { type Pin, parsePin } from "@wardwire/crypto/keys/pin";
import { CliError } from "../cli-error.ts";

/**
 * The pins of `--server-key`, as the client takes them; `undefined` where there are none, and the connection is not
 * sealed.
 *
 * @throws CliError `usage` for what is no pin, for more than two, and for `--require sealed` without any.
 */
export function readServerKey(
  texts: readonly string[],
  require: "sealed" | undefined,
): Pin | readonly [Pin, Pin] | undefined {
  const [current, next, ...more] = texts.map(checkPin);
  if (more.length > 0) {
    throw new CliError("usage", `--server-key: expected at most two, the current and the next, got ${texts.length}`);
  }
  if (current === undefined && require !== undefined) {
    throw new CliError("usage", "--require sealed: expected --server-key PIN, the pin of the server's keys");
  }
  return current === undefined || next === undefined ? current : [current, next];
}

function checkPin(text: string): Pin {
  try {
    return parsePin(text);
  } catch (cause) {
    const advice = "`wardwire keys show` prints it, `wardwire dev` says it when it starts";
    throw new CliError("usage", `--server-key: expected sha256: and 43 characters; ${advice}`, { cause });
  }
}
