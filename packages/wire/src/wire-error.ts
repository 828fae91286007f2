import type { CloseReason } from "./close-codes.ts";

/** What is wrong with a whole message. */
export type WireErrorCode = "message-too-big" | "unsupported-data" | "malformed" | "bad-frame";

/** The row of the close-code table that a gateway closes the connection with. */
export const closeByWireError: { readonly [C in WireErrorCode]: CloseReason } = {
  "message-too-big": "tooBig",
  "unsupported-data": "unsupportedData",
  malformed: "invalidPayload",
  "bad-frame": "badFrame",
};

/**
 * A message that cannot be taken: the connection it came on is to be closed (WP-FRAME-3). The only error a decoder
 * throws. Its message names sizes and positions, never content, so that it can be logged and sent as a close reason.
 */
export class WireError extends Error {
  override readonly name = "WireError";
  /** Stable; what a handler looks at. */
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
