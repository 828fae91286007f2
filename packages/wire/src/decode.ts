import type { ClientCodec, Codec } from "./codec.ts";
import { dataModelMismatch, isObject, type UnknownObject } from "./data-model.ts";
import { clientFrameReaders } from "./fields/client-frames.ts";
import { isWord, requestId } from "./fields/frame-fields.ts";
import { gatewayFrameReaders } from "./fields/gateway-frames.ts";
import { Mismatch, type ValuePath } from "./fields/mismatch.ts";
import type { Reader } from "./fields/readers.ts";
import type { ClientFrame, GatewayFrame } from "./frames.ts";
import type { DecodeLimits } from "./limits.ts";
import { WireError } from "./wire-error.ts";

/**
 * A frame, or why one of a message's frames cannot be taken while the connection goes on. `code`, `message`, `path` and
 * `id` are those of the `error` frame to answer with; `id` is there when the frame carries a valid one.
 */
export type Decoded<F> =
  | { readonly ok: true; readonly frame: F }
  | {
      readonly ok: false;
      readonly id?: number;
      readonly code: "unknown-type" | "invalid-frame";
      readonly message: string;
      readonly path?: ValuePath;
    };

/**
 * Decodes a message from a client, whole or not at all (WP-FRAME-3), frame by frame in order. Frames are fresh objects
 * that hold known fields only, each of its type and in its range. `message` is read and not kept.
 *
 * @throws {WireError} for a message to close the connection over, and nothing else
 */
export function decodeClientMessage(
  codec: Codec,
  message: string | Uint8Array,
  limits: DecodeLimits,
): Decoded<ClientFrame>[] {
  return decodeMessage<ClientFrame>(codec, message, limits, clientFrameReaders);
}

/**
 * Decodes a message from a gateway; as strict as {@link decodeClientMessage}, for the frames of the other direction.
 *
 * @throws {WireError} for a message to close the connection over, and nothing else
 */
export function decodeGatewayMessage(
  codec: ClientCodec,
  message: string | Uint8Array,
  limits: DecodeLimits,
): Decoded<GatewayFrame>[] {
  return decodeMessage<GatewayFrame>(codec, message, limits, gatewayFrameReaders);
}

type Readers<F> = Readonly<Record<string, Reader<F>>>;
type TypedObject = UnknownObject & { readonly type: string };

function decodeMessage<F>(
  codec: ClientCodec,
  message: string | Uint8Array,
  limits: DecodeLimits,
  readers: Readers<F>,
): Decoded<F>[] {
  const values = codec.parse(message, limits);
  if (values.length === 0) throw new WireError("bad-frame", "expected a frame, got an empty message");
  return values.map(typedObject).map((frame) => decodeFrame(frame, readers));
}

function typedObject(value: unknown): TypedObject {
  if (!isObject(value) || !Object.hasOwn(value, "type") || !isWord(value["type"])) {
    throw new WireError("bad-frame", "expected objects with a kebab-case word as type, got another frame");
  }
  return value as TypedObject;
}

function decodeFrame<F>(frame: TypedObject, readers: Readers<F>): Decoded<F> {
  const read = Object.hasOwn(readers, frame.type) ? readers[frame.type] : undefined;
  if (read === undefined) {
    const message = `type: expected one of ${Object.keys(readers).join(", ")}, got "${frame.type}"`;
    return { ok: false, ...idOf(frame), code: "unknown-type", message, path: ["type"] };
  }
  const result = dataModelMismatch(frame) ?? read(frame);
  if (!(result instanceof Mismatch)) return { ok: true, frame: result };
  const failure = { ok: false, ...idOf(frame), code: "invalid-frame", message: result.describe(frame.type) } as const;
  return result.path.length === 0 ? failure : { ...failure, path: result.path };
}

function idOf(frame: TypedObject): { readonly id?: number } {
  const id = requestId(Object.hasOwn(frame, "id") ? frame["id"] : undefined);
  return id instanceof Mismatch ? {} : { id };
}
