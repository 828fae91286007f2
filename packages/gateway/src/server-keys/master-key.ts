import { CryptoError } from "@wardwire/crypto/crypto-error";
import { parseMasterKey } from "@wardwire/crypto/keys/key-file";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { GatewayError } from "../gateway-error.ts";
import { createPrivateFile, readPrivateFile } from "./private-file.ts";

/** The variable that holds the master key where no file does. */
export const masterKeyVariable = "WARDWIRE_MASTER_KEY";

/** Where a master key comes from: the file where one is named, else the environment. */
export interface MasterKeySource {
  readonly masterKeyFile?: string | undefined;
  /** That of the process when left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * The master key, which the caller owns from now on.
 *
 * @throws GatewayError `file-unavailable` without one; `file-exposed` for a file that others can read;
 *   `server-keys-invalid` for what is none, of which the message holds nothing
 */
export function loadMasterKey({ masterKeyFile, environment = process.env }: MasterKeySource): SecretBytes {
  if (masterKeyFile === undefined) {
    const text = environment[masterKeyVariable];
    if (text !== undefined) return parse(masterKeyVariable, text);
    throw new GatewayError("file-unavailable", `expected a master key: a file of it, or ${masterKeyVariable}`);
  }
  const bytes = readPrivateFile(masterKeyFile);
  if (bytes === undefined) {
    throw new GatewayError("file-unavailable", `there is no master key at ${masterKeyFile}: check the path`);
  }
  try {
    return parse(masterKeyFile, bytes.toString("latin1"));
  } finally {
    bytes.fill(0);
  }
}

/**
 * Makes a file with a master key unless there is one already.
 *
 * @throws GatewayError `file-unavailable` when it cannot be written
 */
export function createMasterKeyFile(path: string): void {
  const secret = SecretBytes.random(32);
  try {
    createPrivateFile(path, `${secret.use((bytes) => Buffer.from(bytes).toString("base64url"))}\n`);
  } finally {
    secret.dispose();
  }
}

function parse(where: string, text: string): SecretBytes {
  try {
    return parseMasterKey(text);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    throw new GatewayError("server-keys-invalid", `${where}: ${error.message}`, { cause: error });
  }
}
