import { CapturedSession } from "@wardwire/crypto/capture/captured-session";
import { suites } from "@wardwire/crypto/handshake/suites";
import { nodePrimitives } from "@wardwire/crypto/primitives/node";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import * as z from "zod";
import { CliError } from "../cli-error.ts";
import { readPrivateFile } from "../private-file.ts";

const secret = z.string().regex(/^[\w-]{43}$/);
const schema = z.strictObject({
  suite: z.union([z.literal(1), z.literal(2)]),
  clientTraffic: secret,
  gatewayTraffic: secret,
});

/**
 * The session whose secrets are in a file: JSON with `suite` (1 or 2), `clientTraffic` and `gatewayTraffic`, each 32 bytes in
 * Base64url, as session-records.md §1 derives them.
 *
 * @throws CliError `configuration` for a file that is not there, is open to others, or holds something else
 */
export function readSession(path: string): CapturedSession<"sync"> {
  const file = readPrivateFile(path);
  if (file === undefined) throw new CliError("configuration", `no key file at ${path}: check --key-file`);
  try {
    const { suite, clientTraffic, gatewayTraffic } = schema.parse(JSON.parse(file.toString("utf8")));
    const take = (text: string): SecretBytes => SecretBytes.take(Buffer.from(text, "base64url"));
    return new CapturedSession({
      primitives: nodePrimitives,
      algorithm: suites[suite],
      client: take(clientTraffic),
      gateway: take(gatewayTraffic),
    });
  } catch {
    // What the parser says would quote the file, which holds secrets.
    const expected = '{"suite": 1 or 2, "clientTraffic": "…", "gatewayTraffic": "…"}, each 43 characters of Base64url';
    throw new CliError("configuration", `${path}: expected ${expected}, got something else`);
  } finally {
    file.fill(0);
  }
}
