import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { TlsOptions } from "node:tls";
import { promisify } from "node:util";
import { Endpoint } from "../../packages/scanner/src/endpoint.ts";
import { resolveOptions } from "../../packages/scanner/src/scan-options.ts";
import { parseTarget } from "../../packages/scanner/src/target.ts";
import { establishTls } from "../../packages/scanner/src/tls/established.ts";
import { surveyTls } from "../../packages/scanner/src/tls/survey.ts";
import { type CertificateRequest, certify } from "../../packages/scanner/test/certificate.ts";
import { host } from "./weak/handshake.ts";
import { weakServer } from "./weak/weak-server.ts";

/** What a scanner tells about the TLS of a server. */
interface Told {
  /** As `1.2`, lowest first. */
  readonly protocols: readonly string[];
  /** IANA's numbers in hexadecimal, of TLS 1.3 and of the highest older version, sorted. */
  readonly suites: readonly string[];
  readonly certificate: {
    readonly key: "EC" | "RSA";
    readonly names: readonly string[];
    /** Milliseconds since 1970, to the minute: testssl tells no seconds. */
    readonly fromMs: number;
    readonly untilMs: number;
  };
}

const configurations: readonly (readonly [name: string, tls: TlsOptions, certificate?: CertificateRequest])[] = [
  ["modern", { minVersion: "TLSv1.3" }],
  ["intermediate", {}],
  ["TLS 1.2 only", { maxVersion: "TLSv1.2" }],
  [
    "old: TLS 1.0 and CBC",
    {
      minVersion: "TLSv1",
      ciphers: "TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:AES256-SHA:@SECLEVEL=0",
    },
    { rsaBits: 2_048 },
  ],
  ["RSA", {}, { rsaBits: 3_072 }],
];

describe("the scan agrees on protocols, suites and certificate", { concurrency: 10, timeout: 115_000 }, () => {
  for (const [name, tls, certificate] of configurations) {
    for (const [program, tell] of Object.entries({ sslscan, testssl })) {
      const installed = spawnSync(program, ["--version"]).error === undefined;
      const skip = installed ? false : `${program} is not installed; run: node tools/system-packages.ts`;
      test(`with ${program}: ${name} (R2, R3)`, { skip, timeout: 110_000 }, async () => {
        const certified = await certify({ dnsNames: [host], ...certificate });
        await using server = await weakServer(certified, { tls });
        const ours = await scanned(server.port);
        assert.deepEqual(await tell(server.port), ours);
        assert.equal(ours.certificate.key, certificate?.rsaBits === undefined ? "EC" : "RSA");
        assert.deepEqual(ours.certificate.names, ["127.0.0.1", host]);
        assert.equal(ours.protocols.includes("1.0"), tls.minVersion === "TLSv1");
      });
    }
  }
});

/** What our own survey tells. */
async function scanned(port: number): Promise<Told> {
  const settings = resolveOptions({ connectTo: { host: "127.0.0.1", port }, connectionsPerSecond: 1_000 });
  const endpoint = new Endpoint(parseTarget(`wss://${host}/ws`), settings, new AbortController().signal);
  const { versions, suites12, suites13 } = await surveyTls(endpoint);
  const { certificate } = await establishTls(endpoint);
  return {
    // 0x0301 is TLS 1.0; none of the servers speaks SSL.
    protocols: versions.map((version) => `1.${version - 0x0301}`),
    suites: sorted([...suites12, ...suites13].map(({ id }) => id.toString(16))),
    certificate: {
      key: certificate.publicKey.asymmetricKeyType === "rsa" ? "RSA" : "EC",
      names: sorted((certificate.subjectAltName ?? "").split(", ").map((name) => name.replace(/^[^:]*:/, ""))),
      fromMs: toMinute(certificate.validFromDate.getTime()),
      untilMs: toMinute(certificate.validToDate.getTime()),
    },
  };
}

async function sslscan(port: number): Promise<Told> {
  const target = ["--xml=-", `--sni-name=${host}`, `127.0.0.1:${port}`];
  const { stdout } = await promisify(execFile)("sslscan", target, { timeout: 120_000 });
  const find = (pattern: RegExp): string[] => [...stdout.matchAll(pattern)].map(([, found = ""]) => found);
  const one = (pattern: RegExp): string => find(pattern)[0] ?? "";
  const protocols = find(/<protocol type="tls" version="([\d.]+)" enabled="1"/g);
  const suites = protocols.map((version) =>
    find(new RegExp(`<cipher status="\\w+" sslversion="TLSv${version}"[^>]* id="0x(\\w+)"`, "g")),
  );
  return {
    protocols,
    suites: highest(protocols, suites),
    certificate: {
      key: one(/<pk [^>]*type="(\w+)"/g) as "EC" | "RSA",
      names: sorted(
        one(/<altnames><!\[CDATA\[(.*?)\]\]/g)
          .split(", ")
          .map((name) => name.replace(/^[^:]*:/, "")),
      ),
      fromMs: toMinute(Date.parse(one(/<not-valid-before>([^<]*)/g))),
      untilMs: toMinute(Date.parse(one(/<not-valid-after>([^<]*)/g))),
    },
  };
}

async function testssl(port: number): Promise<Told> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "wardwire-testssl-"));
  const file = join(folder.path, "found.json");
  const what = ["--protocols", "--cipher-per-proto", "--server-defaults"];
  const how = ["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--jsonfile", file];
  // It ends with the number of what it dislikes.
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  execFile("testssl", [...how, ...what, `127.0.0.1:${port}`], { timeout: 400_000 }, () => resolve()).stdin?.end();
  await ended;
  const found: readonly { readonly id: string; readonly finding: string }[] = JSON.parse(readFileSync(file, "utf8"));
  const text = (id: string): string => found.find((each) => each.id === id)?.finding ?? "";
  const ids = { "1.0": "1", "1.1": "1_1", "1.2": "1_2", "1.3": "1_3" };
  const spoken = Object.entries(ids).filter(([, id]) => text(`TLS${id}`).startsWith("offered"));
  const suites = spoken.map(([, id]) => {
    const prefix = new RegExp(`^cipher-tls${id}_x`);
    return found.filter((each) => prefix.test(each.id)).map((each) => each.id.replace(prefix, ""));
  });
  const protocols = spoken.map(([version]) => version);
  return {
    protocols,
    suites: highest(protocols, suites),
    certificate: {
      key: text("cert_keySize").split(" ", 1)[0] as "EC" | "RSA",
      names: sorted(text("cert_subjectAltName").split(" ")),
      fromMs: Date.parse(`${text("cert_notBefore").replace(" ", "T")}Z`),
      untilMs: Date.parse(`${text("cert_notAfter").replace(" ", "T")}Z`),
    },
  };
}

/** The suites of TLS 1.3 and of the highest older version, as numbers without leading zeros. */
function highest(protocols: readonly string[], suites: readonly (readonly string[])[]): string[] {
  const older = protocols.findLastIndex((version) => version !== "1.3");
  const newest = protocols.indexOf("1.3");
  const numbers = [...(suites[older] ?? []), ...(suites[newest] ?? [])];
  return sorted(numbers.map((number) => Number.parseInt(number, 16).toString(16)));
}

function sorted(texts: readonly string[]): string[] {
  return texts.toSorted();
}

function toMinute(ms: number): number {
  return ms - (ms % 60_000);
}
