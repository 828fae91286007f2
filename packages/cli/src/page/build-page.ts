import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { CliError } from "../cli-error.ts";
import { sourceHash } from "./source-hash.ts";

/** What the page is made from, by path in the repository; folders stand for all that is in them. */
const sources: readonly string[] = [
  "apps/chat/index.html",
  "apps/chat/package.json",
  "apps/chat/src",
  "apps/chat/vite.config.ts",
  "contracts/demo.contract.ts",
  "package-lock.json",
  "packages/client/package.json",
  "packages/client/src",
  "packages/contract/package.json",
  "packages/contract/src",
  "packages/crypto/package.json",
  "packages/crypto/src",
  "packages/wire/package.json",
  "packages/wire/src",
];

/**
 * Builds the chat page of a clone unless a build of the same sources is there. Each build has a folder named after the
 * hash of its sources and appears there as a whole, so that gateways that start together do not disturb each other.
 *
 * @param repository the clone's folder.
 * @param say told before a build, which takes a few seconds.
 * @returns the folder of the built page.
 * @throws CliError `configuration` when Vite is not installed or fails.
 */
export async function buildPage(repository: string, say: (line: string) => void): Promise<string> {
  const app = join(repository, "apps", "chat");
  const builds = join(app, "dist");
  const name = `page-${sourceHash(repository, sources)}`;
  const folder = join(builds, name);
  if (existsSync(folder)) return folder;
  say("building the chat page…");
  mkdirSync(builds, { recursive: true });
  const unfinished = mkdtempSync(join(builds, "unfinished-"));
  try {
    await runVite(app, unfinished);
    moveTo(folder, unfinished);
    removeOlder(builds, name);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** A program of its own: its megabytes are gone when the gateway starts. */
async function runVite(app: string, outDir: string): Promise<void> {
  const vite = join(dirname(locateVite(app)), "bin", "vite.js");
  const words = [vite, "build", "--configLoader", "native", "--outDir", outDir, "--logLevel", "warn"];
  const child = spawn(process.execPath, words, { cwd: app, stdio: ["ignore", "ignore", "pipe"] });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  if (code !== 0) throw new CliError("configuration", `the chat page could not be built: ${said.trim()}`);
}

function locateVite(app: string): string {
  try {
    return createRequire(join(app, "package.json")).resolve("vite/package.json");
  } catch (cause) {
    throw new CliError("configuration", "the chat page is not built and Vite is not installed: run npm ci", { cause });
  }
}

/** Another gateway may have been quicker with the same sources; its build is as good. */
function moveTo(folder: string, unfinished: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** Builds of older sources serve nobody: a gateway that still runs has its page in memory. */
function removeOlder(builds: string, name: string): void {
  for (const other of readdirSync(builds)) {
    if (other.startsWith("page-") && other !== name) rmSync(join(builds, other), { recursive: true, force: true });
  }
}
