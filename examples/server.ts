import { readFileSync } from "node:fs";
import { allow, createGateway, deny, jwt } from "@wardwire/gateway";
import { chat } from "./chat.contract.ts";

const { PORT = "443", CERT_FILE = "cert.pem", KEY_FILE = "key.pem", JWKS_URL = "https://id.example" } = process.env;
const gateway = createGateway({
  contract: chat,
  allowedOrigins: ["https://chat.example"],
  authenticate: jwt({ issuer: "https://id.example", audience: "chat", algorithms: ["EdDSA"], jwks: { url: JWKS_URL } }),
  authorize: ({ identity }) => (identity.claims["member"] === true ? allow() : deny("not-a-member")),
  commands: { renameRoom: ({ input }) => ({ title: input.title }) },
});
const tls = { cert: readFileSync(CERT_FILE, "utf8"), key: readFileSync(KEY_FILE, "utf8") };
await using running = await gateway.listen({ port: Number(PORT), tls });
await running.closed;
