import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { scanSettings, type TargetOptions } from "../../src/check/scan-settings.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const bare: TargetOptions = { header: [], subprotocol: [], only: [], skip: [] };

describe("scanSettings()", () => {
  it("reads credentials from files before the environment, and none where there are none (R42)", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("token"), "from-file\n");
    writeFileSync(folder.at("cookie"), "a=1; b=2\n");
    writeFileSync(folder.at("headers"), "X-One: 1\n\nX-Two: 2\n");
    const environment = { WARDWIRE_TOKEN: "from-environment", WARDWIRE_COOKIE: "c=3" };
    const files = { tokenFile: folder.at("token"), cookieFile: folder.at("cookie"), headerFile: folder.at("headers") };
    const fromFiles = await scanSettings({ ...bare, ...files, header: [["X-Zero", "0"]] }, environment);
    assert.equal(fromFiles.token, "from-file");
    assert.equal(fromFiles.cookie, "a=1; b=2");
    assert.deepEqual(fromFiles.headers, [
      ["X-Zero", "0"],
      ["X-One", "1"],
      ["X-Two", "2"],
    ]);
    const fromEnvironment = await scanSettings(bare, environment);
    assert.deepEqual([fromEnvironment.token, fromEnvironment.cookie], ["from-environment", "c=3"]);
    const none = await scanSettings(bare, {});
    assert.deepEqual(
      [none.token, none.cookie, none.dangerouslyActive, none.thorough],
      [undefined, undefined, false, false],
    );
  });

  it("puts the proxy's authorization beside its address", async () => {
    const proxy = { host: "proxy.test", port: 3128 };
    const settings = await scanSettings({ ...bare, proxy }, { WARDWIRE_PROXY_AUTHORIZATION: "Basic eA==" });
    assert.deepEqual(settings.proxy, { ...proxy, authorization: "Basic eA==" });
  });

  it("refuses files that are missing or something else, by the option's name", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("text"), "no colon");
    writeFileSync(folder.at("two-lines"), "a=1\nb=2");
    const cases: readonly (readonly [Partial<TargetOptions>, string, RegExp])[] = [
      [{ headerFile: folder.at("none") }, "configuration", /ENOENT.*--header-file/],
      [{ headerFile: folder.at("text") }, "configuration", /--header-file: expected one header a line/],
      [{ cookieFile: folder.at("two-lines") }, "configuration", /expected one line such as name=value/],
      [{ tokenFile: folder.at("none") }, "configuration", /--token-file/],
      [{ ca: folder.at("text") }, "configuration", /--ca: expected a PEM certificate/],
      [{ cert: folder.at("text"), key: folder.at("text") }, "configuration", /--cert: expected a PEM certificate/],
      [{ cert: folder.at("text") }, "usage", /--cert and --key/],
    ];
    for (const [options, code, message] of cases) {
      await assert.rejects(scanSettings({ ...bare, ...options }, {}), { code, message });
    }
  });
});
