import type { Check } from "../../check.ts";
import { originCheck } from "./origin-check.ts";

export const malformedOrigin: Check = originCheck({
  id: "WW-ORIGIN-05",
  kind: "malformed",
  title: "A malformed origin is refused",
  severity: "low",
  requirements: ["R14", "CVE-2026-14631", "CWE-20", "WSTG-CLNT-10"],
  why: "No browser sends one; a server that parses it loosely may take it for the right one, or stop working.",
});
