import type { Check } from "../../check.ts";
import { roundTripCheck } from "./round-trip.ts";

export const binaryRoundTrip: Check = roundTripCheck({
  id: "WW-FRAME-02",
  title: "A binary message makes a round trip without error",
  kind: "binary",
});
