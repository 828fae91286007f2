/** As `../server.ts`, with keys that `wardwire keys init` has made; the client is given their pin. */
import { readFileSync } from "node:fs";
import { allow, createGateway, jwt } from "@wardwire/gateway";
import { loadServerKeys } from "@wardwire/gateway/server-keys";
import { chat } from "./chat.contract.ts";

const { PORT = "443", CERT_FILE = "cert.pem", KEY_FILE = "key.pem", JWKS_URL = "https://id.example" } = process.env;
const { KEYS_FOLDER = "keys", MASTER_KEY_FILE = "master.key" } = process.env;
const gateway = createGateway({
  contract: chat,
  allowedOrigins: ["https://chat.example"],
  authenticate: jwt({ issuer: "https://id.example", audience: "chat", algorithms: ["EdDSA"], jwks: { url: JWKS_URL } }),
  authorize: () => allow(),
  serverKeys: await loadServerKeys(KEYS_FOLDER, { masterKeyFile: MASTER_KEY_FILE }),
});
const tls = { cert: readFileSync(CERT_FILE, "utf8"), key: readFileSync(KEY_FILE, "utf8") };
await using running = await gateway.listen({ port: Number(PORT), tls });
await running.closed;
