import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SignJWT } from "jose";
import { stringify } from "yaml";
import { temporaryFolder } from "./temporary-folder.ts";

/** A folder with everything a production gateway needs, none of it made by `dev`. */
export interface ProductionFiles extends Disposable {
  readonly config: string;
  readonly certificate: string;
  at(name: string): string;
  /** Writes the configuration with something laid over it. */
  configure(change: object): void;
  /** A token the configured keys verify, good for five minutes or for `life`, such as `10s`. */
  token(user: string, life?: string): Promise<string>;
}

export async function productionFiles(): Promise<ProductionFiles> {
  const folder = temporaryFolder();
  const { certificate, key } = await selfSigned();
  writeFileSync(folder.at("cert.pem"), certificate);
  writeFileSync(folder.at("key.pem"), key, { mode: 0o600 });
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "EdDSA", use: "sig" };
  writeFileSync(folder.at("keys.json"), JSON.stringify({ keys: [jwk] }));
  const configure = (change: object): void =>
    writeFileSync(folder.at("wardwire.yaml"), stringify({ ...base, ...change }));
  configure({});
  return {
    config: folder.at("wardwire.yaml"),
    certificate: folder.at("cert.pem"),
    at: folder.at,
    configure,
    token: async (user, life = "5m") =>
      new SignJWT({})
        .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: "k1" })
        .setIssuer(base.jwt.issuer)
        .setAudience(base.jwt.audience)
        .setSubject(user)
        .setIssuedAt()
        .setExpirationTime(life)
        .sign(privateKey),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

const base = {
  application: fileURLToPath(new URL("../fixtures/application.ts", import.meta.url)),
  listen: { port: 0, host: "127.0.0.1" },
  admin: { port: 0 },
  tls: { certFile: "cert.pem", keyFile: "key.pem" },
  allowedOrigins: ["https://chat.example"],
  jwt: { issuer: "https://id.example", audience: "chat", algorithms: ["EdDSA"], keysFile: "keys.json" },
};

async function selfSigned(): Promise<{ readonly certificate: string; readonly key: string }> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const names = new x509.SubjectAlternativeNameExtension([
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
  ]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    keys,
    signingAlgorithm: algorithm,
    extensions: [names],
  });
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { certificate: made.toString("pem"), key };
}
