import { type Check, defineCheck, type Verdict } from "../../check.ts";
import type { Opening } from "../../endpoint.ts";
import type { CheckFacts } from "../../finding.ts";
import { type Answer, statusLine } from "../../raw/http.ts";
import { failureOf, ProbeFailure } from "../../raw/probe-failure.ts";
import { openAs, type Subject } from "../../subject.ts";

/** One handshake that must be refused. */
export interface Malformed {
  /** In words. */
  readonly sent: string;
  readonly opening: Opening;
}

/** What was answered to a malformed handshake: HTTP, or the end of the connection. */
export interface Refused {
  readonly sent: string;
  readonly answer: Answer | ProbeFailure;
}

/** A check that sends malformed handshakes, each on its own connection, and expects every one to be refused. */
export function refusalCheck(
  facts: CheckFacts & Pick<Check, "needs">,
  malformed: (subject: Subject) => readonly Malformed[],
): Check {
  return defineCheck({
    ...facts,
    probe: (subject) => Promise.all(malformed(subject).map((each) => attempt(subject, each))),
    judge: judgeRefusals,
  });
}

function judgeRefusals(refused: readonly Refused[]): Verdict {
  const accepted = refused.filter(({ answer }) => !(answer instanceof ProbeFailure) && answer.status === 101);
  const sent = `handshakes with ${refused.map((each) => each.sent).join("; ")}`;
  if (accepted.length > 0) {
    return { status: "fail", sent, evidence: `accepted with 101: ${accepted.map((each) => each.sent).join("; ")}` };
  }
  return { status: "pass", sent, evidence: refused.map((each) => `${each.sent}: ${describe(each.answer)}`).join("; ") };
}

async function attempt(subject: Subject, { sent, opening }: Malformed): Promise<Refused> {
  try {
    using opened = await openAs(subject, opening);
    return { sent, answer: opened.answer };
  } catch (error) {
    const failure = failureOf(error);
    // Who is cut off has been refused too; a scan that is stopped or turned away has not been answered.
    if (failure.kind === "aborted" || failure.kind === "limited") throw failure;
    return { sent, answer: failure };
  }
}

function describe(answer: Answer | ProbeFailure): string {
  return answer instanceof ProbeFailure ? answer.message : statusLine(answer);
}
