/** A page that uses every hook, for the test next to it: two rooms' worth of components that come and go. */
import { type Client, createClient } from "@wardwire/client";
import { createWardwireHooks } from "@wardwire/client/react";
import { demo } from "@wardwire/contracts/demo";
import { createElement as h, type ReactElement, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";

const { WardwireProvider, useConnection, useSecurity, useChannel, usePresence } = createWardwireHooks<typeof demo>();

/** The pin of the gateway's keys, where the page is to seal its connection. */
const pin = document.querySelector<HTMLMetaElement>('meta[name="server-key"]')?.content;

const client: Client<typeof demo> = createClient(`wss://${location.host}/ws`, {
  contract: demo,
  ...(pin === undefined ? {} : { serverKey: pin }),
  token: async () => (await fetch("/token", { method: "POST" })).text(),
});

/** Components that show rooms, each mounted and unmounted by a checkbox with its name. */
const rooms = [
  { label: "left", roomId: "tea", keep: 3, history: 2 },
  { label: "right", roomId: "tea", keep: 3, history: 0 },
  { label: "locked", roomId: "locked", keep: 3, history: 0 },
];

function Connection(): ReactElement {
  return h("p", { role: "status" }, useConnection().phase);
}

function Seal(): ReactElement {
  const security = useSecurity();
  return h("p", { "data-seal": "" }, security?.protection === "sealed" ? security.pin : security?.protection);
}

function Room({ label, roomId, keep, history }: (typeof rooms)[number]): ReactElement {
  // New objects with every rendering, as an application writes them.
  const { status, channel, error, messages, publish } = useChannel("lobby", { roomId }, { keep, history });
  const present = usePresence(channel);
  return h(
    "section",
    { "aria-label": label },
    h("output", {}, error === undefined ? status : `${status}: ${error.code}`),
    h(
      "p",
      {},
      present
        .map(({ user }) => user)
        .sort((a, b) => a.localeCompare(b))
        .join(),
    ),
    h("ol", {}, ...messages.map(({ id, sender, data }) => h("li", { key: id }, `${sender?.user}: ${data.text}`))),
    h("button", { type: "button", onClick: () => publish({ text: `hello from ${label}` }) }, "Say hello"),
  );
}

function Page(): ReactElement {
  const [shown, setShown] = useState<readonly string[]>([]);
  const toggle = (label: string) => () =>
    setShown(shown.includes(label) ? shown.filter((each) => each !== label) : [...shown, label]);
  // The provider renders with every toggle, as one near the top of an application does.
  return h(
    WardwireProvider,
    { client },
    h(Connection),
    h(Seal),
    h(
      "form",
      {},
      ...rooms.map(({ label }) =>
        h("label", { key: label }, label, h("input", { type: "checkbox", onChange: toggle(label) })),
      ),
    ),
    ...rooms.filter(({ label }) => shown.includes(label)).map((room) => h(Room, { key: room.label, ...room })),
  );
}

const root = document.querySelector("#root");
if (root === null) throw new Error("the page has no #root");
createRoot(root).render(h(StrictMode, {}, h(Page)));
