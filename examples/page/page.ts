/** A chat page without a framework. `index.html` loads it; any bundler makes `page.js` of it. */
import { ClientError, type ClientState, createClient } from "@wardwire/client";
import { chat } from "../chat.contract.ts";

const status = element("#status", HTMLElement);
const messages = element("#messages", HTMLElement);
const form = element("#form", HTMLFormElement);
const input = element("input", HTMLInputElement);
const button = element("button", HTMLButtonElement);

const client = createClient(`wss://${location.host}/ws`, { contract: chat, token: fetchToken });
const show = (state: ClientState) => {
  status.textContent = state.phase === "waiting" ? `trying again in ${state.retryInMs} ms` : state.phase;
};
show(client.state);
client.addEventListener("state", ({ detail }) => show(detail));

const room = await client.join("room", { roomId: "lobby" }, { own: true });
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await room.publish({ text: input.value });
    form.reset();
  } catch (error) {
    status.textContent = `not sent: ${error instanceof ClientError ? error.code : error}`;
  }
});
button.disabled = false;
for await (const { sender, data } of room.messages) {
  const item = document.createElement("li");
  // What people write is text, never markup.
  item.textContent = `${sender?.user}: ${data.text}`;
  messages.append(item);
}

/** The page's own server knows who is signed in, and gives them a short-lived token. */
async function fetchToken(): Promise<string> {
  const response = await fetch("/token", { method: "POST" });
  if (!response.ok) throw new Error(`expected a token, got ${response.status}: sign in first`);
  return response.text();
}

function element<E extends Element>(selector: string, type: new () => E): E {
  const found = document.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`index.html has no ${type.name} ${selector}`);
}
