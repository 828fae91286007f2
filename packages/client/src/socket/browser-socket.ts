import type { Socket, SocketFactory, SocketObserver, SocketRequest } from "./socket.ts";

/**
 * Sockets by the platform's own `WebSocket`: browsers, workers, and runtimes that have one. It verifies certificates
 * and follows no redirect by itself, and can send no header. A handshake that is refused ends in close code 1006, with no
 * word about the HTTP status or the certificate.
 */
export const defaultSocket: SocketFactory = {
  sendsAuthorization: false,
  open(request: SocketRequest, observer: SocketObserver) {
    const socket = new WebSocket(request.url, [...request.protocols]);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => observer.onOpen(socket.protocol);
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      observer.onMessage(typeof data === "string" ? data : new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => observer.onClose({ code, reason });
    // Its send() takes no view of shared memory; codecs never give one.
    return Object.assign(socket, { terminate: () => socket.close() }) as Socket;
  },
};
