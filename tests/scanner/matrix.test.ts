import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { checks } from "@wardwire/scanner/checks";
import { type Finding, isFault } from "@wardwire/scanner/finding";
import { certify } from "../../packages/scanner/test/certificate.ts";
import { repositoryRoot } from "../../tools/repository-files.ts";
import { type Fault, faults } from "./weak/faults.ts";
import { host } from "./weak/handshake.ts";
import { librariesByDefault, librariesWithCare } from "./weak/libraries.ts";
import { look } from "./weak/look.ts";

/** Servers without a fault of their own, each the twin of some that have one. */
const twins: readonly Fault[] = [
  { name: "a sound server", fires: [] },
  { name: "a sound server to somebody without a token", options: { token: "" }, fires: [] },
  { name: "a sound server to somebody with a cookie", options: { cookie: "session=1" }, fires: [] },
  { name: "a sound server under attack", options: { dangerouslyActive: true }, fires: [] },
  { name: "a sound server that speaks MQTT", habits: { session: { speaksMqtt: true } }, fires: [] },
  { name: "a sound server that speaks TLS 1.3 only", habits: { tls: { minVersion: "TLSv1.3" } }, fires: [] },
  {
    name: "a sound server with an RSA key",
    certified: await certify({ dnsNames: [host], rsaBits: 2_048 }),
    fires: [],
  },
  {
    name: "a sound server that inflates within a bound, under attack",
    habits: { session: { inflates: true } },
    options: { dangerouslyActive: true },
    fires: [],
  },
  ...librariesWithCare,
];

/** Checks whose weak twin stands in another test, because it waits a minute, or is no server of this kind. */
const shownElsewhere: Readonly<Record<string, string>> = {
  "WW-TLS-02": "tests/scanner/ciphertext.test.ts",
  "WW-ORIGIN-09": "packages/scanner/test/checks/http2.test.ts",
  "WW-LIMIT-11": "tests/scanner/silence.test.ts",
  "WW-TOKEN-05": "tests/scanner/outlived-token.test.ts",
};

const seen: { readonly expected: ReadonlySet<string>; readonly findings: readonly Finding[] }[] = [];

/** Many at once, since a scan mostly waits; the slow attacks first. */
const all: readonly Fault[] = [...faults, ...librariesByDefault, ...twins].toSorted(
  (a, b) => Number(b.options?.dangerouslyActive ?? false) - Number(a.options?.dangerouslyActive ?? false),
);

describe("the scan finds exactly what is wrong with a server:", { concurrency: 6, timeout: 180_000 }, () => {
  for (const fault of all) {
    test(`${fault.name}: ${fault.fires.join(", ") || "nothing"}`, async () => {
      const { findings, grade } = await look(fault);
      seen.push({ expected: new Set(fault.fires), findings });
      const fired = findings.filter((finding) => isFault(finding));
      assert.deepEqual(fired.map(({ id }) => id).sort(), [...fault.fires].sort(), describeAll(fired));
      const broken = findings.filter(({ status }) => status === "error");
      assert.deepEqual(broken, [], "every check could be carried out");
      if (fault.isClosed) assert.equal(grade, null);
      else assert.equal(grade === "A+", fault.fires.length === 0, `grade ${grade}`);
      if (fault.grade !== undefined) assert.equal(grade, fault.grade);
    });
  }
});

describe("the table of true and false positives", () => {
  test("has a weak server and a sound one for every check that can lower the grade, and no error", (t) => {
    const rows = checks.map(({ id }) => rowOf(id));
    t.diagnostic(`${seen.length} servers; of each check: found rightly, found wrongly, missed, rightly silent`);
    for (const row of rows)
      t.diagnostic(`${row.id.padEnd(16)}${row.counts.map((count) => `${count}`.padStart(4)).join("")}`);
    assert.equal(seen.length, all.length);
    assert.deepEqual(
      rows.filter(({ counts: [, wrong, missed] }) => wrong + missed > 0).map(({ id }) => id),
      [],
    );
    const weighty = new Set(checks.filter(({ severity }) => severity !== "info").map(({ id }) => id));
    const unproved = rows.filter(({ id, counts: [right] }) => weighty.has(id) && right === 0).map(({ id }) => id);
    assert.deepEqual(unproved.sort(), Object.keys(shownElsewhere).sort());
    for (const [id, file] of Object.entries(shownElsewhere)) {
      assert.ok(readFileSync(join(repositoryRoot, file), "utf8").includes(id), `${file} names ${id}`);
    }
    const neverSilent = rows.filter(({ counts }) => counts[3] === 0).map(({ id }) => id);
    assert.deepEqual(neverSilent, ["WW-LIMIT-11", "WW-TOKEN-05"], "slow checks run elsewhere");
  });
});

interface Row {
  readonly id: string;
  readonly counts: readonly [right: number, wrong: number, missed: number, silent: number];
}

function rowOf(id: string): Row {
  const of = seen.map(({ expected, findings }) => ({
    isExpected: expected.has(id),
    finding: findings.find((finding) => finding.id === id),
  }));
  const count = (isExpected: boolean, matches: (finding: Finding) => boolean): number =>
    of.filter(({ finding, ...each }) => each.isExpected === isExpected && finding !== undefined && matches(finding))
      .length;
  const isLooked = ({ status }: Finding): boolean => status === "pass" || status === "info";
  return {
    id,
    counts: [
      count(true, (finding) => isFault(finding)),
      count(false, (finding) => isFault(finding)),
      count(true, (finding) => !isFault(finding)),
      count(false, isLooked),
    ],
  };
}

function describeAll(findings: readonly Finding[]): string {
  return findings.map(({ id, severity, evidence }) => `${id} ${severity}: ${evidence}`).join("\n");
}
