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
});
