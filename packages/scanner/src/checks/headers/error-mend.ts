import type { Mend } from "../../finding.ts";

/** How to keep a program's inside out of its errors. */
export const errorMend: Mend = {
  advice: "Answer errors by a word or a number of your own, and write the details into the log only.",
  ws: 'socket.on("message", (data) => { try { handle(data); } catch (error) { log(error); socket.close(1011); } });',
  socketio:
    'socket.on("event", (data, done) => handle(data).catch((error) => { log(error); done({ error: "internal" }); }));',
  nginx: "proxy_intercept_errors on;\nerror_page 500 502 503 504 /error.html;",
  wardwire: "sends codes only",
};
