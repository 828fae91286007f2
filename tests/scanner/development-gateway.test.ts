import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { scan } from "@wardwire/scanner";
import { isFault } from "@wardwire/scanner/finding";
import { developmentGateway } from "../../packages/cli/test/support/development-gateway.ts";

describe("the gateway of wardwire dev", { timeout: 120_000 }, () => {
  test("is A and not A+, for it keeps localhost to TLS for an hour only (1.H, R61)", async () => {
    await using gateway = await developmentGateway();
    const options = { ca: gateway.ca, token: await gateway.token("alice") };
    const { grade, protocol, findings } = await scan(gateway.listening.socket, options);
    const faults = findings.filter((finding) => isFault(finding));
    assert.deepEqual(
      faults.map(({ id, severity, evidence }) => [id, severity, evidence]),
      [["WW-HEADER-01", "low", "Strict-Transport-Security: max-age=3600"]],
    );
    assert.equal(grade, "A");
    assert.equal(protocol, "wardwire");
    assert.ok(findings.every(({ status }) => status !== "error"));
  });
});
