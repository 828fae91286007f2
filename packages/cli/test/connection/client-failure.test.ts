import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientError } from "@wardwire/client";
import { clientFailure } from "../../src/connection/client-failure.ts";

describe("an error of the client at the command line", () => {
  it("is a refusal when it is the gateway's, whatever its code", () => {
    for (const code of ["forbidden", "timeout", "unreachable"]) {
      const failure = clientFailure(new ClientError(code, "no", { origin: "gateway" }));
      assert.deepEqual(
        [failure.code, failure.message.startsWith(`the gateway answered ${code}: no`)],
        ["refused", true],
      );
    }
  });

  it("tells usage, an unreachable target, a timeout and a closed connection apart", () => {
    const codes = ["insecure-url", "certificate-refused", "connect-timeout", "closed-by-gateway", "connection-lost"];
    const outcomes = codes.map((code) => clientFailure(new ClientError(code, "no")).code);
    assert.deepEqual(outcomes, ["usage", "unreachable", "timeout", "refused", "refused"]);
  });

  it("is a refusal with advice where the gateway's keys, the clock or the sealed session are at fault", () => {
    const advised = {
      "key-bundle": /--server-key/,
      clock: /clock/,
      "session-failed": /--server-key/,
      truncated: /cut/,
    };
    for (const [code, advice] of Object.entries(advised)) {
      const failure = clientFailure(new ClientError(code, "no"));
      assert.equal(failure.code, "refused", code);
      assert.match(failure.message, new RegExp(`^no; [^\\n]*${advice.source}`), code);
    }
    assert.equal(clientFailure(new ClientError("invalid-server-key", "no")).code, "usage");
  });

  it("says how to seal the connection when the gateway asks for that, and not when --require does", () => {
    const byGateway = clientFailure(new ClientError("protection-required", "no", { origin: "gateway" }));
    assert.match(byGateway.message, /answered protection-required: no; .*--server-key/);
    const byClient = clientFailure(new ClientError("protection-required", "lobby is not sealed"));
    assert.deepEqual([byClient.code, byClient.message], ["refused", "lobby is not sealed"]);
  });
});
