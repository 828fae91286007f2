import type { Check } from "../../check.ts";
import { originCheck } from "./origin-check.ts";

export const nullOrigin: Check = originCheck({
  id: "WW-ORIGIN-03",
  kind: "null",
  title: "The origin null is refused",
  severity: "high",
  requirements: ["R14", "ASVS 4.4.2", "CVE-2026-27977", "CWE-1385", "WSTG-CLNT-10"],
  why: "Every sandboxed frame and every file has the origin null: whoever allows it allows every page.",
});
