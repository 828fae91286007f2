import { statusLine } from "../../raw/http.ts";
import { failureOf, isCutOff } from "../../raw/probe-failure.ts";
import { type Manner, type Subject, type TalkedAs, talkAs } from "../../subject.ts";

/** Whether somebody was let in: by the protocol's own words, or else by the handshake. */
export interface Admission {
  /** Undefined where a WebSocket opened and nothing was said that would tell. */
  readonly admitted: boolean | undefined;
  /** Whether a WebSocket was opened at all. */
  readonly opened: boolean;
  readonly evidence: string;
}

/** What a stranger gets, with no credential at all; once for each endpoint. @throws ProbeFailure */
export function admitStranger(subject: Subject): Promise<Admission> {
  return subject.endpoint.recall("stranger", () => admit(subject, { anonymous: true }));
}

/** What somebody gets who comes in this manner. @throws ProbeFailure */
export async function admit(subject: Subject, manner: Manner): Promise<Admission> {
  try {
    return admissionOf(await talkAs(subject, manner));
  } catch (error) {
    const failure = failureOf(error);
    // Without its client certificate a stranger may not get as far as an HTTP answer.
    if (isCutOff(failure)) return { admitted: false, opened: false, evidence: failure.message };
    throw failure;
  }
}

/**
 * Whether a credential let somebody in where a stranger was not: in words of the protocol, or because only this handshake
 * was accepted. Where a stranger's was accepted too, silence says nothing: the server may be slow to refuse.
 */
export function letIn(stranger: Admission, { admitted, opened }: Admission): boolean {
  if (stranger.admitted === true) return false;
  return admitted === true || (admitted === undefined && opened && !stranger.opened);
}

function admissionOf({ answer, fault, conversation }: TalkedAs): Admission {
  if (fault !== undefined) return { admitted: false, opened: false, evidence: statusLine(answer) };
  const evidence = conversation === undefined ? statusLine(answer) : conversation.evidence;
  return { admitted: conversation?.admitted, opened: true, evidence };
}
