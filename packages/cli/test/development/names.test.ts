import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allowedOrigins, certificateNames, originOf } from "../../src/development/names.ts";

describe("the names of a development gateway", () => {
  it("are loopback, the host and the hosts of public origins, each once", () => {
    const names = certificateNames({ host: "box.test", publicOrigins: ["https://chat.test:1", "https://chat.test:2"] });
    assert.deepEqual(names, ["localhost", "127.0.0.1", "::1", "box.test", "chat.test"]);
  });

  it("hold IPv6 addresses without brackets, in one spelling", () => {
    const names = certificateNames({ host: "0:0:0:0:0:0:0:1", publicOrigins: ["https://[2001:db8::1]"] });
    assert.deepEqual(names, ["localhost", "127.0.0.1", "::1", "2001:db8::1"]);
  });

  it("hold no address that stands for every interface", () => {
    for (const host of ["0.0.0.0", "::"]) {
      const reachable = { host, publicOrigins: [] };
      assert.deepEqual(certificateNames(reachable), ["localhost", "127.0.0.1", "::1"]);
      assert.equal(allowedOrigins(reachable, 8443).length, 3);
    }
  });

  it("give the exact origins a browser sends (R14)", () => {
    assert.deepEqual(allowedOrigins({ host: "localhost", publicOrigins: ["https://chat.test"] }, 8443), [
      "https://localhost:8443",
      "https://127.0.0.1:8443",
      "https://[::1]:8443",
      "https://chat.test",
    ]);
    assert.equal(originOf("localhost", 443), "https://localhost");
  });
});
