import type { Pin } from "@wardwire/crypto/keys/pin";
import { ClientError } from "./client-error.ts";
import type { ConnectionOptions } from "./connect.ts";

/**
 * Checks `serverKey` of the options, and that it is there where `require` or `deviceKey` need it.
 *
 * @returns the pins of the current identity and, where the application has it, of the next one; nothing for a connection
 *   that is not sealed
 * @throws ClientError `invalid-server-key`, `protection-required`
 */
export function parsePins({
  serverKey,
  require,
  deviceKey,
}: Pick<ConnectionOptions, "serverKey" | "require" | "deviceKey">): readonly Pin[] | undefined {
  if (serverKey === undefined) {
    if (!require && !deviceKey) return undefined;
    throw new ClientError("protection-required", "require and deviceKey need serverKey");
  }
  const pins = [serverKey].flat();
  if (pins.length > 0 && pins.length < 3 && pins.every(isPin)) return pins;
  throw new ClientError("invalid-server-key", "expected one or two pins");
}

function isPin(pin: unknown): pin is Pin {
  return typeof pin === "string" && pinPattern.test(pin);
}

/** 32 bytes in Base64url: four bits of the last character, the other two are zero. */
const pinPattern = /^sha256:[\w-]{42}[AEIMQUYcgkosw048]$/;
