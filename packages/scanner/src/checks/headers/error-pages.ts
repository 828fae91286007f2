import { type Check, defineCheck } from "../../check.ts";
import { readBody } from "../../raw/http.ts";
import { failureOf } from "../../raw/probe-failure.ts";
import { fetchPage, openAs, type Subject } from "../../subject.ts";
import { leakExcerpt, leakIn } from "./error-leak.ts";
import { errorMend } from "./error-mend.ts";

export const errorPages: Check = defineCheck({
  id: "WW-HEADER-03",
  title: "Refusals of the handshake show nothing of the program's inside",
  severity: "medium",
  requirements: ["R45", "ASVS 13.4.2", "ASVS 16.5.1", "CWE-209", "WSTG-ERRH-01"],
  why: "Paths, versions and stack traces are a map for whoever looks for a way in.",
  mend: errorMend,
  needs: ["http"],
  probe: async (subject) => {
    const page = await fetchPage(subject, subject.endpoint.target.path);
    return [page.body, await refusalBody(subject)];
  },
  judge: (bodies) => {
    const sent = "GET of the socket's path; a malformed handshake for a path that does not exist";
    const leak = bodies.find((body) => leakIn(body) !== undefined);
    if (leak === undefined) return { status: "pass", sent, evidence: "nothing of the kind" };
    return { status: "fail", sent, evidence: `${leakIn(leak)}: ${leakExcerpt(leak)}` };
  },
});

/** What stands in the answer to a malformed handshake; nothing where it was answered by the end of the connection. */
async function refusalBody(subject: Subject): Promise<string> {
  try {
    using opened = await openAs(subject, { path: "/wardwire-check/%00", headers: { "Sec-WebSocket-Key": "?" } });
    const { answer, stream, fault } = opened;
    if (fault === undefined) return "";
    const timeoutMs = Math.min(subject.endpoint.timeoutMs, 500);
    return await readBody(stream, answer, { mostBytes: 16_384, timeoutMs });
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === "ended" || failure.kind === "reset" || failure.kind === "timeout") return "";
    throw failure;
  }
}
