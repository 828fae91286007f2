import type { Check } from "../../check.ts";
import { roundTripCheck } from "./round-trip.ts";

export const textRoundTrip: Check = roundTripCheck({
  id: "WW-FRAME-01",
  title: "A text message makes a round trip without error",
  kind: "text",
});
