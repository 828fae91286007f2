import { inspect } from "node:util";

/** Says as a process warning that a listener threw: what an engine does unless it is told otherwise. */
export function warnOfListenerError(error: unknown): void {
  process.emitWarning("a broker's listener threw; listeners must not", {
    type: "WardwireClusterWarning",
    detail: inspect(error),
  });
}
