import type { Check } from "../../check.ts";
import { originCheck } from "./origin-check.ts";

export const foreignOrigin: Check = originCheck({
  id: "WW-ORIGIN-01",
  kind: "foreign",
  title: "A foreign origin is refused",
  severity: "high",
  requirements: ["R14", "ASVS 4.4.2", "RFC 6455 10.2", "CWE-1385", "WSTG-CLNT-10"],
  why: "Browsers let any page open a WebSocket to any host; the origin is the only thing that tells the server (CSWSH).",
});
