import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkCertificate } from "../../src/host/certificate.ts";
import { TestAuthority } from "./certificates.ts";

const authority = await TestAuthority.create();
const now = new Date();

describe("checkCertificate", () => {
  test("gives the server's own certificate of a chain", async () => {
    const { cert, key } = await authority.issue({ dnsNames: ["chat.example"] });
    const certificate = checkCertificate(cert + authority.cert, key, now);
    assert.equal(certificate.subjectAltName, "DNS:chat.example");
  });

  test("refuses the key of another certificate (R9)", async () => {
    const { cert } = await authority.issue();
    const { key } = await authority.issue();
    assert.throws(() => checkCertificate(cert, key, now), { code: "bad-certificate", message: /does not belong/ });
  });

  test("refuses what is not PEM, and a half-written file (R9)", async () => {
    const { cert, key } = await authority.issue();
    for (const broken of ["", "hello", cert.slice(0, 200), key]) {
      assert.throws(() => checkCertificate(broken, key, now), {
        code: "bad-certificate",
        message: /BEGIN CERTIFICATE/,
      });
    }
    for (const broken of ["", "hello", key.slice(0, 100), cert]) {
      assert.throws(() => checkCertificate(cert, broken, now), {
        code: "bad-certificate",
        message: /BEGIN PRIVATE KEY/,
      });
    }
  });

  test("refuses a certificate that is over or not yet valid (R9)", async () => {
    const notBefore = new Date("2026-01-01T00:00:00Z");
    const notAfter = new Date("2026-02-01T00:00:00Z");
    const { cert, key } = await authority.issue({ notBefore, notAfter });
    assert.ok(checkCertificate(cert, key, new Date("2026-01-15T00:00:00Z")));
    for (const then of ["2025-12-31T23:59:59Z", "2026-02-01T00:00:01Z"]) {
      assert.throws(() => checkCertificate(cert, key, new Date(then)), { code: "bad-certificate", message: /renew/ });
    }
  });
});
