import { render } from "preact";
import { App } from "./app.tsx";
import { createChat } from "./state/chat.ts";
import { connectTo } from "./state/chat-client.ts";
import { nameDevice } from "./state/device.ts";
import { createMemory } from "./state/memory.ts";
import { serverKeyIn } from "./state/server-key.ts";
import { fetchToken } from "./state/sign-in.ts";
import { followVisibility } from "./visibility.ts";

const chat = createChat({
  memory: createMemory(storageOf(window), window),
  connect: connectTo(location.host, serverKeyIn(document)),
  fetchToken,
  nameDevice: () => nameDevice(navigator.userAgent, Math.random()),
  isVisible: followVisibility(document),
});

const place = document.getElementById("app");
if (place !== null) render(<App chat={chat} />, place);

/** Browsers that block storage throw at the mere mention of it. */
function storageOf(owner: Window): Storage | undefined {
  try {
    return owner.localStorage;
  } catch {
    return undefined;
  }
}
