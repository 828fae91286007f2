import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { SecretBytes } from "@wardwire/crypto/secret-bytes";
import { jwt } from "@wardwire/gateway";
import type { JWK } from "jose";
import { z } from "zod";
import { CliError, systemErrorCode } from "../cli-error.ts";
import type { Configuration, JwtConfiguration } from "../configuration/configuration.ts";
import { resolveBeside } from "../configuration/load.ts";
import { developmentOrganization } from "../development/issue.ts";
import { developmentIssuer, developmentKeyIdPrefix } from "../development/token-key.ts";
import { readPrivateFile } from "../private-file.ts";

/*
 * The files a production configuration names, read and judged: nothing made by `wardwire dev` is let in, and nothing
 * secret that other users of the machine can read.
 */

/**
 * The certificate chain and its key, PEM.
 *
 * @param file the configuration file; paths are relative to its folder.
 * @throws CliError `configuration`.
 */
export function readTlsFiles(file: string, tls: Configuration["tls"]): { readonly cert: string; readonly key: string } {
  const cert = readPublicFile("tls.certFile", resolveBeside(file, tls.certFile));
  const key = readSecretFile("tls.keyFile", resolveBeside(file, tls.keyFile)).toString();
  refuseDevelopmentCertificate(cert);
  return { cert, key };
}

/**
 * What tokens are checked with.
 *
 * @throws CliError `configuration`; GatewayError `invalid-options` for a key that could never verify a token.
 */
export function createAuthenticate(file: string, configuration: JwtConfiguration): ReturnType<typeof jwt> {
  const { issuer, audience, algorithms, jwksUrl, keysFile, secretFile } = configuration;
  if (issuer === developmentIssuer) throw developmentRefused("jwt.issuer", "the issuer of your identity provider");
  if (secretFile !== undefined) {
    using secret = readSharedSecret(resolveBeside(file, secretFile));
    return jwt({ issuer, audience, algorithms: ["HS256"], secret });
  }
  const asymmetric = algorithms.filter((algorithm) => algorithm !== "HS256");
  if (jwksUrl !== undefined) return jwt({ issuer, audience, algorithms: asymmetric, jwks: { url: jwksUrl } });
  const keys = readKeySet(resolveBeside(file, keysFile ?? ""));
  return jwt({ issuer, audience, algorithms: asymmetric, keys });
}

/** The bytes of the file, without the line break an editor leaves at its end. */
function readSharedSecret(path: string): SecretBytes {
  const contents = readSecretFile("jwt.secretFile", path);
  const end = contents.at(-1) === 0x0a ? contents.length - (contents.at(-2) === 0x0d ? 2 : 1) : contents.length;
  if (end === 0) throw new CliError("configuration", `jwt.secretFile: ${path} is empty; expected at least 32 bytes`);
  return SecretBytes.take(contents.subarray(0, end));
}

const keySetFile = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })) });

function readKeySet(path: string): readonly JWK[] {
  const text = readPublicFile("jwt.keysFile", path);
  let keys: readonly JWK[];
  try {
    keys = keySetFile.parse(JSON.parse(text)).keys as readonly JWK[];
  } catch (error) {
    const expected = 'expected a JSON Web Key Set, {"keys":[…]}';
    throw new CliError("configuration", `jwt.keysFile: ${expected}, got something else in ${path}`, { cause: error });
  }
  if (keys.some(({ kid }) => kid?.startsWith(developmentKeyIdPrefix))) {
    throw developmentRefused("jwt.keysFile", "the public keys of your identity provider");
  }
  return keys;
}

function refuseDevelopmentCertificate(cert: string): void {
  let issuer: string;
  try {
    issuer = new X509Certificate(cert).issuer;
  } catch (error) {
    throw new CliError("configuration", "tls.certFile: expected a PEM certificate, got something else", {
      cause: error,
    });
  }
  if (issuer.split("\n").includes(`O=${developmentOrganization}`)) {
    throw developmentRefused("tls.certFile", "a certificate from an authority your clients trust");
  }
}

function developmentRefused(key: string, expected: string): CliError {
  return new CliError("configuration", `${key}: made by wardwire dev, not for production; expected ${expected}`);
}

/**
 * What a file that anybody may read contains.
 *
 * @param key of the configuration, for the message.
 * @throws CliError `configuration`.
 */
export function readPublicFile(key: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = systemErrorCode(error) ?? "unknown error";
    throw new CliError("configuration", `${key}: cannot read ${path} (${why}); check the path`, { cause: error });
  }
}

/**
 * What a file that others must not read contains.
 *
 * @param key of the configuration, for the message.
 * @throws CliError `configuration`.
 */
export function readSecretFile(key: string, path: string): Buffer {
  const contents = readPrivateFile(path, "others");
  if (contents === undefined) throw new CliError("configuration", `${key}: there is no file ${path}; check the path`);
  return contents;
}
