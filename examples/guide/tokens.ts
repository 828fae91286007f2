import { jwt } from "@wardwire/gateway";

/** Takes the access tokens of one issuer, made for this service, and signed with the keys it publishes. */
export const byToken = jwt({
  issuer: "https://id.example",
  audience: "chat",
  algorithms: ["EdDSA", "ES256"],
  jwks: { url: "https://id.example/.well-known/jwks.json" },
  maxTokenAgeMs: 3_600_000,
});
