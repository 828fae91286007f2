import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/** A connection with a witness: what goes over it, as it goes over it. */
export interface Tap {
  /** To speak over; owns the socket. */
  readonly duplex: Duplex;
  /** The first 64 KiB sent and received. */
  readonly sent: () => Buffer;
  readonly received: () => Buffer;
}

const mostKept = 65_536;

/** Puts a witness between a socket and whoever speaks over it, TLS for example. */
export function tap(socket: Socket): Tap {
  const sent = witness();
  const received = witness();
  const duplex = new Duplex({
    read: () => {
      socket.resume();
    },
    write: (chunk: Buffer, _encoding, done) => {
      sent.see(chunk);
      socket.write(chunk, (error) => done(error));
    },
    final: (done) => {
      socket.end(done);
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk: Buffer) => {
    received.see(chunk);
    if (!duplex.push(chunk)) socket.pause();
  });
  socket.on("end", () => duplex.push(null));
  socket.on("error", (error) => duplex.destroy(error));
  return { duplex, sent: sent.all, received: received.all };
}

function witness(): { readonly see: (chunk: Buffer) => void; readonly all: () => Buffer } {
  const chunks: Buffer[] = [];
  let kept = 0;
  return {
    see: (chunk) => {
      const room = chunk.subarray(0, mostKept - kept);
      if (room.length > 0) chunks.push(Buffer.from(room));
      kept += room.length;
    },
    all: () => Buffer.concat(chunks),
  };
}
