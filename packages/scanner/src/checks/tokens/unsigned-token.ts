import { type Check, defineCheck } from "../../check.ts";
import { admit, admitStranger, letIn } from "./admission.ts";
import { forgeUnsigned } from "./forged-tokens.ts";
import { tokenMend } from "./token-mend.ts";

const spellings = ["none", "None", "NONE", "nOnE"] as const;

export const unsignedToken: Check = defineCheck({
  id: "WW-TOKEN-03",
  title: "A token with the algorithm none is not accepted",
  severity: "critical",
  requirements: ["R37", "ASVS 9.1.1", "ASVS 9.1.2", "RFC 8725 3.1", "CWE-347", "WSTG-SESS-10"],
  why: "Anybody writes such a token, for any user.",
  mend: tokenMend("Accept a fixed list of algorithms, and bind each key to its own."),
  // Not an open WebSocket: a forged token may be the one that opens it.
  needs: ["http"],
  probe: async (subject) => {
    const { settings, target } = subject.endpoint;
    const path = subject.recognised?.opening.path ?? target.path;
    const attempts = spellings.flatMap((alg) => {
      const token = forgeUnsigned(alg, settings.token, settings.now());
      const inUrl = { path: `${path}${path.includes("?") ? "&" : "?"}token=${token}&access_token=${token}` };
      return [
        { place: `${alg} in Authorization`, manner: { anonymous: true, token } },
        ...(alg === "none" ? [{ place: `${alg} in the query`, manner: { anonymous: true, changes: inUrl } }] : []),
      ];
    });
    const [stranger, ...admissions] = await Promise.all([
      admitStranger(subject),
      ...attempts.map(({ manner }) => admit(subject, manner)),
    ]);
    return { stranger, attempts: admissions.map((admission, at) => ({ ...admission, place: attempts[at]?.place })) };
  },
  judge: ({ stranger, attempts }) => {
    const sent = "unsigned JSON Web Tokens, in Authorization, in the first message and in the query";
    if (stranger.admitted === true)
      return { status: "skipped", sent, evidence: "strangers are let in: see WW-TOKEN-01" };
    const accepted = attempts.filter((attempt) => letIn(stranger, attempt));
    const shown = (accepted.length > 0 ? accepted : attempts).map(({ place, evidence }) => `${place}: ${evidence}`);
    return { status: accepted.length > 0 ? "fail" : "pass", sent, evidence: shown.join("; ") };
  },
});
