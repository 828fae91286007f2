import { parseMasterKey } from "@wardwire/crypto/keys/key-file";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { CliError } from "../cli-error.ts";
import { createPrivateFile, readPrivateFile } from "../private-file.ts";

/** The variable that holds the master key where no file does. */
export const masterKeyVariable = "WARDWIRE_MASTER_KEY";

/**
 * The master key of a file or of the environment; the caller owns it.
 *
 * @param create whether to make the file when it is not there
 * @throws CliError `configuration` without one, or with a file that others can read; CryptoError `key-file` for what is none
 */
export function loadMasterKey(file: string | undefined, create: boolean, environment: NodeJS.ProcessEnv): SecretBytes {
  if (file === undefined) {
    const text = environment[masterKeyVariable];
    if (text !== undefined) return parseMasterKey(text);
    throw new CliError("configuration", `expected a master key: --master-key-file, or ${masterKeyVariable}`);
  }
  if (create) createPrivateFile(file, `${newMasterKey()}\n`);
  const bytes = readPrivateFile(file);
  if (bytes === undefined) throw new CliError("configuration", `no master key at ${file}: check --master-key-file`);
  try {
    return parseMasterKey(bytes.toString("latin1"));
  } finally {
    bytes.fill(0);
  }
}

function newMasterKey(): string {
  const secret = SecretBytes.random(32);
  try {
    return secret.use((bytes) => Buffer.from(bytes).toString("base64url"));
  } finally {
    secret.dispose();
  }
}
