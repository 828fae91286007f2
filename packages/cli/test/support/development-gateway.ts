import { readFileSync } from "node:fs";
import { mintToken, type TokenClaims } from "../../src/development/mint-token.ts";
import { loadTokenKey } from "../../src/development/token-key.ts";
import { type Running, startCommand } from "./command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** What `dev --json` says first. */
export interface Listening {
  readonly event: "listening";
  readonly url: string;
  readonly socket: string;
  readonly ca: string;
  readonly admin: string;
  /** Of the keys of its sealed connections. */
  readonly pin: string;
}

/** A running `wardwire dev` on free ports, with a data folder of its own. */
export interface DevelopmentGateway extends AsyncDisposable {
  readonly listening: Listening;
  readonly data: string;
  /** PEM. */
  readonly ca: string;
  readonly running: Running;
  /** A token for a user, good for a minute unless `claims` say otherwise. */
  token(user: string, claims?: Partial<TokenClaims>): Promise<string>;
}

export async function developmentGateway(...options: readonly string[]): Promise<DevelopmentGateway> {
  const folder = temporaryFolder();
  const data = folder.at("data");
  const running = startCommand(["dev", "--port", "0", "--admin-port", "0", "--data", data, "--json", ...options]);
  const listening = JSON.parse(await running.nextLine()) as Listening;
  return {
    listening,
    data,
    ca: readFileSync(listening.ca, "utf8"),
    running,
    token: async (user, claims = {}) => {
      const usual = { user, audience: "wardwire-dev", ttlSeconds: 60, grants: [] };
      return mintToken(await loadTokenKey(data), { ...usual, ...claims }, Date.now());
    },
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
