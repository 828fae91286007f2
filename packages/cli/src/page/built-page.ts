import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { CliError } from "../cli-error.ts";

/** One file of a page, ready to be served. */
export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The files of a page by the exact path they are served under. What is not in here does not exist. */
export type BuiltPage = ReadonlyMap<string, PageFile>;

/**
 * Reads a built page into memory, once: no request ever reaches the file system, so no path can lead astray.
 * `index.html` is served at `/`; files under `assets/` have a hash in their name and may be kept for a year.
 *
 * @throws CliError `configuration` for a folder that is no built page.
 */
export function loadBuiltPage(folder: string): BuiltPage {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const page = new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return pageFile(`/${relative(folder, path).replaceAll(sep, "/")}`, path);
    }),
  );
  if (page.has("/")) return page;
  throw new CliError("configuration", `${folder} has no index.html: delete it, and the page is built anew`);
}

/** The answer to a request for a file of a page; `undefined` when the page has no such file. */
export function answerFrom(page: BuiltPage, request: Request): Response | undefined {
  const file = page.get(new URL(request.url).pathname);
  if (file === undefined) return undefined;
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("Method not allowed.\n", { status: 405, headers: { Allow: "GET, HEAD" } });
  }
  return new Response(request.method === "HEAD" ? null : file.bytes, { headers: file.headers });
}

const mediaTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

function pageFile(name: string, path: string): [string, PageFile] {
  const mediaType = mediaTypes[extname(name)];
  if (mediaType === undefined) {
    throw new CliError("configuration", `${path} is of a kind a page does not have; expected html, js, css or svg`);
  }
  const bytes = new Uint8Array(readFileSync(path));
  const headers = {
    "Content-Type": mediaType,
    "Content-Length": String(bytes.byteLength),
    "Cache-Control": name.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
  };
  return [name === "/index.html" ? "/" : name, { bytes, headers }];
}
