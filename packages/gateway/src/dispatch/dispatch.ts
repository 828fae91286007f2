import type { ClientFrame } from "@wardwire/wire/frames";
import type { Connection } from "../connection/connection.ts";
import type { Core } from "../core.ts";
import { onCall } from "./on-call.ts";
import { onConnect } from "./on-connect.ts";
import { onHistory } from "./on-history.ts";
import { onJoin } from "./on-join.ts";
import { onLeave } from "./on-leave.ts";
import { onPresence } from "./on-presence.ts";
import { onPublish } from "./on-publish.ts";
import { onRenew } from "./on-renew.ts";
import { RequestError } from "./request-error.ts";

/**
 * Carries out one frame. Whatever goes wrong in it is answered on this connection and goes no further (R35): neither
 * throws nor rejects. The promise, where there is one, is what the connection's next frame waits for.
 */
export function dispatch(core: Core, connection: Connection, frame: ClientFrame): Promise<void> | undefined {
  if (connection.isClosed) return undefined;
  try {
    return route(core, connection, frame)?.catch((error: unknown) => fail(core, connection, frame, error));
  } catch (error) {
    fail(core, connection, frame, error);
    return undefined;
  }
}

function route(core: Core, connection: Connection, frame: ClientFrame): Promise<void> | undefined {
  const { session } = connection;
  if (session === undefined) {
    if (frame.type === "connect") return onConnect(core, connection, frame);
    connection.close("badFrame", `expected connect first, got ${frame.type}`);
    return undefined;
  }
  switch (frame.type) {
    case "connect":
      connection.close("badFrame", "expected one connect, got a second");
      return undefined;
    case "renew":
      return onRenew(core, connection, session, frame);
    case "join":
      return onJoin(core, connection, session, frame);
    case "leave":
      return onLeave(core, connection, session, frame);
    case "publish":
      return onPublish(core, connection, session, frame);
    case "call":
      return onCall(core, connection, session, frame);
    case "history":
      return onHistory(core, connection, session, frame);
    case "presence":
      return onPresence(core, connection, session, frame);
    case "pong":
      return undefined;
    default:
      return frame satisfies never;
  }
}

function fail(core: Core, connection: Connection, frame: ClientFrame, error: unknown): void {
  try {
    answer(core, connection, frame, error);
  } catch (failure) {
    connection.failed(frame.type, failure);
  }
}

function answer(core: Core, connection: Connection, frame: ClientFrame, error: unknown): void {
  const id = "id" in frame ? frame.id : undefined;
  if (error instanceof RequestError) {
    connection.refuse(id, error);
    return;
  }
  const engine = isEngineError(error);
  core.observe({ event: "failure", where: frame.type, connection: connection.id, error });
  connection.refuse(
    id,
    engine
      ? new RequestError("unavailable", "the engine did not answer; try again")
      : new RequestError("internal", "the gateway failed at this request"),
  );
}

function isEngineError(error: unknown): boolean {
  return error instanceof Error && error.name === "ClusterError";
}
