/** A process that signs bundles anew: `sign-repeatedly.ts FOLDER MASTER_KEY_FILE TIMES`. */
import type { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { signBundleAnew } from "../../src/server-keys/administration.ts";
import { keyFilesIn } from "../../src/server-keys/key-files.ts";
import { loadMasterKey } from "../../src/server-keys/master-key.ts";

const [folder = "", masterKeyFile = "", times = ""] = process.argv.slice(2);
const master: SecretBytes = loadMasterKey({ masterKeyFile });
const store = { files: keyFilesIn(folder), master };
for (let count = 0; count < Number(times); count += 1) {
  await signBundleAnew(store, undefined, Math.floor(Date.now() / 1_000));
}
