import { type Check, defineCheck } from "../../check.ts";
import { headerOf, readAnswer, readBody, statusLine } from "../../raw/http.ts";
import { failureOf } from "../../raw/probe-failure.ts";
import { openAs } from "../../subject.ts";
import { handshakeMend } from "./handshake-mend.ts";

export const afterRefusal: Check = defineCheck({
  id: "WW-HANDSHAKE-10",
  title: "What follows a refused handshake is not read as a request",
  severity: "medium",
  requirements: ["R20", "ASVS 4.2.1", "CWE-444"],
  why: "A proxy that takes the connection for a tunnel passes on what stands behind the refusal: smuggled requests.",
  mend: handshakeMend("Close the connection after every answer to an upgrade but 101."),
  needs: ["websocket"],
  probe: async (subject) => {
    const { endpoint } = subject;
    const smuggled = endpoint.requestHead(subject.recognised?.opening ?? {}, "dGhlIHNhbXBsZSBub25jZQ==");
    using opened = await openAs(subject, { headers: { "Sec-WebSocket-Version": "12" }, trailing: smuggled });
    const first = opened.answer;
    if (first.status === 101) return { first };
    const timeoutMs = Math.min(endpoint.timeoutMs, 1_000);
    const hasLength = headerOf(first, "content-length") !== undefined;
    await readBody(opened.stream, first, { mostBytes: hasLength ? 16_384 : 0, timeoutMs });
    try {
      return { first, second: await readAnswer(opened.stream, timeoutMs) };
    } catch (error) {
      return { first, failure: failureOf(error) };
    }
  },
  judge: ({ first, second, failure }) => {
    const sent = "a handshake with version 12, and behind it a correct one";
    const begin = `first ${statusLine(first)}`;
    if (second !== undefined) return { status: "fail", sent, evidence: `${begin}, then ${statusLine(second)}` };
    return { status: "pass", sent, evidence: `${begin}${failure === undefined ? "" : `, then ${failure.message}`}` };
  },
});
