import type { Socket } from "node:net";

/** The head of an HTTP message and what came behind it. */
export interface Head {
  /** Up to and with the empty line. */
  readonly head: string;
  readonly rest: Buffer;
}

const mostBytes = 65_536;

/** Reads a head, and pauses the socket behind it; undefined when the connection ends before. */
export function readHead(socket: Socket): Promise<Head | undefined> {
  const { promise, resolve } = Promise.withResolvers<Head | undefined>();
  let bytes = Buffer.alloc(0);
  const finish = (head: Head | undefined): void => {
    socket.off("data", take).off("close", end).pause();
    resolve(head);
  };
  const end = (): void => finish(undefined);
  const take = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    const at = bytes.indexOf("\r\n\r\n");
    if (at === -1 && bytes.length <= mostBytes) return;
    finish(at === -1 ? undefined : { head: bytes.toString("latin1", 0, at + 4), rest: bytes.subarray(at + 4) });
  };
  socket.on("data", take).on("close", end).resume();
  return promise;
}

/** The path a request asks for, without a query. */
export function pathOf(head: string): string {
  return head.split(" ", 2)[1]?.split("?", 1)[0] ?? "";
}
