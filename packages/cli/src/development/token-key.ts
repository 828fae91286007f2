import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import { z } from "zod";
import { CliError } from "../cli-error.ts";
import { createPrivateFile, readPrivateFile } from "../private-file.ts";
import { dataFile } from "./data-folder.ts";

/** What every development token says of itself; `serve` refuses this issuer. */
export const developmentIssuer = "wardwire-dev";

/** Begins the `kid` of every development key, so that `serve` can tell and refuse them. */
export const developmentKeyIdPrefix = "wardwire-dev-";

/** The Ed25519 key that signs the tokens of one data folder. */
export interface TokenKey {
  readonly kid: string;
  /** With `d`, the secret. */
  readonly privateJwk: JWK;
  /** Without it, for the gateway. */
  readonly publicJwk: JWK;
}

const tokenKeyFile = z.strictObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  alg: z.literal("EdDSA"),
  use: z.literal("sig"),
  kid: z.string().startsWith(developmentKeyIdPrefix),
  x: z.base64url(),
  d: z.base64url(),
});

/**
 * The token key of the data folder, made when there is none.
 *
 * @throws CliError `configuration` when its file is damaged or open to other users.
 */
export async function loadTokenKey(folder: string): Promise<TokenKey> {
  const path = dataFile(folder, "tokenKey");
  const existing = readPrivateFile(path)?.toString();
  if (existing !== undefined) return parseTokenKey(path, existing);
  const text = `${JSON.stringify(await generate(), undefined, 2)}\n`;
  return createPrivateFile(path, text) ? parseTokenKey(path, text) : loadTokenKey(folder);
}

async function generate(): Promise<JWK> {
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as JWK;
  const kid = `${developmentKeyIdPrefix}${await calculateJwkThumbprint(jwk)}`;
  return { ...jwk, alg: "EdDSA", use: "sig", kid };
}

function parseTokenKey(path: string, text: string): TokenKey {
  try {
    const privateJwk = tokenKeyFile.parse(JSON.parse(text));
    createPrivateKey({ key: privateJwk, format: "jwk" });
    const { d: _, ...publicJwk } = privateJwk;
    return { kid: privateJwk.kid, privateJwk, publicJwk };
  } catch (error) {
    throw new CliError("configuration", `${path} is damaged: delete it, and a new token key is made`, { cause: error });
  }
}
