import type { Check } from "../../check.ts";
import { originCheck } from "./origin-check.ts";

export const lookAlikeOrigin: Check = originCheck({
  id: "WW-ORIGIN-02",
  kind: "look-alike",
  title: "An origin that only looks like the right one is refused",
  severity: "high",
  requirements: ["R14", "ASVS 4.4.2", "RFC 6455 10.2", "CWE-1385", "CWE-185", "WSTG-CLNT-10"],
  why: "A check by prefix, suffix, substring or loose pattern lets in whoever registers a fitting name.",
});
