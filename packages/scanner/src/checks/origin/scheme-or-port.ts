import type { Check } from "../../check.ts";
import { originCheck } from "./origin-check.ts";

export const schemeOrPortOrigin: Check = originCheck({
  id: "WW-ORIGIN-04",
  kind: "scheme-or-port",
  title: "The right host with another scheme or port is refused",
  severity: "medium",
  requirements: ["R14", "ASVS 4.4.2", "RFC 6454 5", "CWE-1385", "WSTG-CLNT-10"],
  why: "What runs on another port or without TLS is another site, or an attacker on the way who wrote the page.",
});
