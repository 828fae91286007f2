import type { CloseReason } from "./close-codes.ts";

/** What is wrong with a whole message. */
export type WireErrorCode = "message-too-big" | "unsupported-data" | "malformed" | "bad-frame";

const closeByCode = {
  "message-too-big": "tooBig",
  "unsupported-data": "unsupportedData",
  malformed: "invalidPayload",
  "bad-frame": "badFrame",
} as const satisfies Record<WireErrorCode, CloseReason>;

/**
 * A message that cannot be taken: the connection it came on is to be closed (WP-FRAME-3). The only error a decoder
 * throws. Its message names sizes and positions, never content, so that it can be logged and sent as a close reason.
 */
export class WireError extends Error {
  override readonly name = "WireError";
  /** Stable; what a handler looks at. */
  readonly code: WireErrorCode;
  /** The row of the close-code table to close the connection with. */
  readonly close: CloseReason;

  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.close = closeByCode[code];
  }
}
