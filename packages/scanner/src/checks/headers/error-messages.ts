import { type Check, defineCheck } from "../../check.ts";
import { firstFrames } from "../../first-frames.ts";
import { leakExcerpt, leakIn } from "./error-leak.ts";
import { errorMend } from "./error-mend.ts";

export const errorMessages: Check = defineCheck({
  id: "WW-HEADER-04",
  title: "Errors within the WebSocket show nothing of the program's inside",
  severity: "medium",
  requirements: ["R35", "ASVS 16.5.1", "CWE-209", "WSTG-ERRH-02"],
  why: "Paths, versions and stack traces are a map for whoever looks for a way in.",
  mend: errorMend,
  needs: ["websocket"],
  probe: firstFrames,
  judge: (frames) => {
    const sent = 'the text {"wardwire-check":';
    const texts = frames.map(({ payload }) => payload.toString("utf8"));
    const leak = texts.find((text) => leakIn(text) !== undefined);
    if (leak === undefined) return { status: "pass", sent, evidence: `${frames.length} frames, nothing of the kind` };
    return { status: "fail", sent, evidence: `${leakIn(leak)}: ${leakExcerpt(leak)}` };
  },
});
