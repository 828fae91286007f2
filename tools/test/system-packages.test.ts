import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Machine, provideSystemPackages, type SystemPackage } from "../system-packages.ts";

const scanner: SystemPackage = { name: "sslscan", probe: ["sslscan"], neededBy: "tests/conformance" };
const curl: SystemPackage = { name: "curl", probe: ["curl"], neededBy: "tests/conformance" };

interface Scene {
  readonly installed?: readonly SystemPackage[];
  readonly obstacle?: string;
  /** Exit codes of the next calls of apt-get; afterwards 0. */
  readonly exitCodes?: readonly number[];
}

async function play({
  installed = [],
  obstacle,
  exitCodes = [],
}: Scene): Promise<{ printed: string; calls: string[] }> {
  const present = new Set(installed.map(({ name }) => name));
  const codes = [...exitCodes];
  const calls: string[] = [];
  let printed = "";
  const machine: Machine = {
    obstacle,
    has: ({ name }) => present.has(name),
    aptGet(parameters) {
      calls.push(parameters.filter((each) => !each.startsWith("-")).join(" "));
      const code = codes.shift() ?? 0;
      if (code === 0 && parameters[0] === "install") for (const name of parameters) present.add(name);
      return Promise.resolve(code);
    },
  };
  const print = (text: string): void => {
    printed += text;
  };
  await provideSystemPackages(print, machine, [scanner, curl]);
  return { printed, calls };
}

describe("provideSystemPackages", () => {
  test("does and prints nothing where everything is installed", async () => {
    assert.deepEqual(await play({ installed: [scanner, curl] }), { printed: "", calls: [] });
  });

  test("installs only what is missing", async () => {
    const { calls } = await play({ installed: [curl] });
    assert.deepEqual(calls, ["install sslscan"]);
  });

  test("fetches the package lists and tries once more when the first try fails", async () => {
    const { calls, printed } = await play({ installed: [curl], exitCodes: [100] });
    assert.deepEqual(calls, ["install sslscan", "update", "install sslscan"]);
    assert.doesNotMatch(printed, /missing/);
  });

  test("says what is missing and what is skipped for it when installing fails twice", async () => {
    const { calls, printed } = await play({ exitCodes: [100, 0, 100] });
    assert.equal(calls.length, 3);
    assert.match(printed, /missing, these tests will be skipped:\n {2}sslscan: tests\/conformance\n {2}curl: /);
  });

  test("runs no apt-get without root and says why and what to install", async () => {
    const { calls, printed } = await play({ installed: [curl], obstacle: "installing needs root" });
    assert.deepEqual(calls, []);
    assert.match(
      printed,
      /missing \(installing needs root\), .*\n {2}sslscan: .*\nto run them: apt-get install sslscan\n$/,
    );
  });
});
