import { type Check, defineCheck } from "../../check.ts";
import { headerOf } from "../../raw/http.ts";
import { openAs } from "../../subject.ts";
import { compressionMend } from "./bomb.ts";

export const compression: Check = defineCheck({
  id: "WW-LIMIT-03",
  title: "Whether messages are compressed",
  severity: "info",
  requirements: ["R28", "RFC 7692 7", "CWE-409"],
  why: "Compression costs memory for each connection, lets small messages become large, and can tell secrets by length.",
  mend: compressionMend,
  needs: ["websocket"],
  probe: async (subject) => {
    using opened = await openAs(subject, { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } });
    return headerOf(opened.answer, "sec-websocket-extensions");
  },
  judge: (extensions) => {
    const sent = "Sec-WebSocket-Extensions: permessage-deflate";
    return extensions === undefined
      ? { status: "pass", sent, evidence: "not chosen" }
      : { status: "info", sent, evidence: `chosen: ${extensions}` };
  },
});
