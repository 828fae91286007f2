import { type Check, defineCheck } from "../../check.ts";
import { valuesOf } from "../../raw/http.ts";
import { fetchPage } from "../../subject.ts";

/** Headers by which programs introduce themselves. */
const banners = ["server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "via", "x-generator"] as const;

export const banner: Check = defineCheck({
  id: "WW-HEADER-02",
  title: "The server does not tell its version",
  severity: "low",
  requirements: ["R46", "ASVS 13.4.6", "CWE-200", "WSTG-INFO-02"],
  why: "A name with a version leads whoever looks for a known hole straight to it.",
  mend: {
    advice: "Leave these headers out, or without a version.",
    ws: 'response.removeHeader("Server"); app.disable("x-powered-by");',
    socketio: 'app.disable("x-powered-by");',
    nginx: "server_tokens off;",
    wardwire: "sends none",
  },
  needs: ["http"],
  probe: async (subject) => {
    const page = await fetchPage(subject, subject.endpoint.target.path);
    const headers = [...(subject.recognised?.answer.headers ?? []), ...page.answer.headers];
    return banners.flatMap((name) => [...new Set(valuesOf(headers, name))].map((value) => ({ name, value })));
  },
  judge: (found) => {
    const sent = "an opening handshake, and GET of the same path";
    const evidence = found.map(({ name, value }) => `${name}: ${value}`).join("; ");
    const tells = ({ name, value }: { readonly name: string; readonly value: string }): boolean =>
      /\d/.test(value) || name !== "server";
    if (found.some((each) => each.name !== "via" && tells(each))) return { status: "fail", sent, evidence };
    return { status: found.length === 0 ? "pass" : "info", sent, evidence: evidence || "no such header" };
  },
});
