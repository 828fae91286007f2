import type { BrowserContext, Page } from "playwright-core";

/** What went over the sockets of a page, as the browser itself saw it above TLS. */
export class WatchedFrames {
  /** Text messages among them: a sealed connection has none. */
  texts = 0;
  readonly sent: Buffer[] = [];
  readonly received: Buffer[] = [];
  /** Header lines of the opening handshakes, both ways. */
  readonly headers: string[] = [];

  private constructor() {}

  /** A new tab that is watched from before its first request, by Chromium's devtools protocol. */
  static async inNewTab(profile: BrowserContext): Promise<{ readonly page: Page; readonly frames: WatchedFrames }> {
    const page = await profile.newPage();
    const devtools = await profile.newCDPSession(page);
    const frames = new WatchedFrames();
    devtools.on("Network.webSocketFrameSent", ({ response }) => frames.#keep(frames.sent, response));
    devtools.on("Network.webSocketFrameReceived", ({ response }) => frames.#keep(frames.received, response));
    devtools.on("Network.webSocketWillSendHandshakeRequest", ({ request }) => frames.#note(request.headers));
    devtools.on("Network.webSocketHandshakeResponseReceived", ({ response }) => frames.#note(response.headers));
    await devtools.send("Network.enable");
    return { page, frames };
  }

  /** Those of the texts that stand anywhere in what was sent and received, as they are or in Base64. */
  found(texts: readonly string[]): readonly string[] {
    const all = [...this.sent, ...this.received, Buffer.from(this.headers.join("\n"))];
    return texts.filter((text) => encodingsOf(text).some((bytes) => all.some((message) => message.includes(bytes))));
  }

  #keep(to: Buffer[], { opcode, payloadData }: { readonly opcode: number; readonly payloadData: string }): void {
    if (opcode === 1) this.texts += 1;
    to.push(Buffer.from(payloadData, opcode === 1 ? "utf8" : "base64"));
  }

  #note(headers: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(headers)) this.headers.push(`${name}: ${value}`);
  }
}

/** A text in UTF-8, and the middle of its Base64 at each of the three places it may begin at. */
function encodingsOf(text: string): readonly Buffer[] {
  const shifted = [0, 1, 2].flatMap((shift) => {
    const base64 = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]).toString("base64");
    const middle = base64.slice(4, -4);
    return middle.length < 8 ? [] : [Buffer.from(middle), Buffer.from(middle.replace(/\+/g, "-").replace(/\//g, "_"))];
  });
  return [Buffer.from(text), ...shifted];
}
