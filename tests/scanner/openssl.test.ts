import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { isFault } from "@wardwire/scanner/finding";
import { certify } from "../../packages/scanner/test/certificate.ts";
import type { Fault } from "./weak/faults.ts";
import { host } from "./weak/handshake.ts";
import { look } from "./weak/look.ts";

const aead = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305";
const sha1Cbc = "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0";
/** OpenSSL 3.0, which Debian 12 has, knows no post-quantum group; later ones are kept from theirs, to be the same. */
const groups: readonly string[] = ["-groups", "X25519:P-256:P-384"];

/** Servers whose TLS is `openssl s_server`: the sound one, and those that differ from it in versions or suites only. */
const servers: readonly Fault[] = [
  {
    name: "openssl as sound as it gets",
    habits: { openssl: ["-min_protocol", "TLSv1.2", "-cipher", aead, ...groups] },
    fires: ["WW-TLS-07"],
    grade: "A",
  },
  {
    name: "openssl with TLS 1.0 and all later versions, and the CBC suite the old ones need",
    habits: { openssl: ["-min_protocol", "TLSv1", "-cipher", `${aead}:${sha1Cbc}`, ...groups] },
    fires: ["WW-TLS-03", "WW-TLS-05", "WW-TLS-07"],
    grade: "D",
  },
  {
    name: "openssl with TLS 1.0 only",
    habits: { openssl: ["-tls1", "-cipher", sha1Cbc, ...groups] },
    fires: ["WW-TLS-03", "WW-TLS-04", "WW-TLS-05", "WW-TLS-07"],
    grade: "D",
  },
  {
    name: "openssl with TLS 1.1 only",
    habits: { openssl: ["-tls1_1", "-cipher", sha1Cbc, ...groups] },
    fires: ["WW-TLS-03", "WW-TLS-04", "WW-TLS-05", "WW-TLS-07"],
    grade: "D",
  },
  {
    name: "openssl with CBC only, without forward secrecy",
    certified: await certify({ dnsNames: [host], rsaBits: 2_048 }),
    habits: { openssl: ["-tls1_2", "-cipher", "AES128-SHA256:AES256-SHA256", ...groups] },
    fires: ["WW-TLS-04", "WW-TLS-05", "WW-TLS-07"],
    grade: "B",
  },
];

const isInstalled = spawnSync("openssl", ["version"]).error === undefined;
const skip = isInstalled ? false : "openssl is not installed; run: node tools/system-packages.ts";

/** One after the other and with patience: every connection starts a program. */
describe("the scan finds exactly what is wrong with the TLS of", { skip, timeout: 300_000 }, () => {
  for (const server of servers) {
    test(`${server.name}: ${server.fires.join(", ")} (R2, R3)`, async () => {
      const options = { connectionsPerSecond: 40, answerTimeoutMs: 20_000, timeoutMs: 240_000 };
      const { findings, grade } = await look({ ...server, options });
      const fired = findings.filter((finding) => isFault(finding));
      const told = fired.map(({ id, severity, evidence }) => `${id} ${severity}: ${evidence}`).join("\n");
      assert.deepEqual(fired.map(({ id }) => id).sort(), server.fires, told);
      assert.deepEqual(
        findings.filter(({ status }) => status === "error"),
        [],
        "every check could be carried out",
      );
      assert.equal(grade, server.grade);
    });
  }
});
