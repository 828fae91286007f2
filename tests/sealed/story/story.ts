import { once } from "node:events";
import { type Client, connect } from "@wardwire/client";
import { nodeSocket } from "@wardwire/client/node";
import { phase, take } from "../../end-to-end/fixtures/demo-client.ts";
import type { SealedSystem } from "../system/sealed-system.ts";
import { type StoryContract, storyContract } from "./application.ts";
import { secrets } from "./secrets.ts";

/** Where and how the story is told. */
export interface Stage {
  readonly system: SealedSystem<StoryContract>;
  /** Where clients connect to: the proxy, or who stands in front of it. */
  readonly socket: string;
  readonly protection: "sealed" | "transport";
}

/**
 * Two users go through everything there is: connect, join, publish, presence, command, notification, history, renewal, a
 * connection that is cut and recovers, a revocation.
 *
 * @returns every canary that was on its way, by name
 * @throws Error when anything of it does not happen
 */
export async function tellStory(stage: Stage): Promise<Readonly<Record<string, string>>> {
  const { system } = stage;
  const [token, renewed, other] = (await Promise.all(
    [secrets.user, secrets.user, secrets.otherUser].map((user) =>
      system.token(user, { claims: { device: secrets.device } }),
    ),
  )) as [string, string, string];
  const alice = await enter(stage, token);
  const bob = await enter(stage, other);
  try {
    await talk(alice, bob);
    await askAndHear(stage, alice);
    await alice.setToken(renewed);
    await missAndRecover(stage, alice);
    const ended = phase(bob, "closed");
    await system.gateway.revoke({ user: secrets.otherUser });
    await ended;
  } finally {
    await Promise.all([alice.close(), bob.close()]);
  }
  const tokens = { token, renewed, other };
  const pieces = Object.entries(tokens).map(([name, text]) => [`end of ${name}`, text.slice(-24)]);
  return { ...secrets, ...tokens, ...Object.fromEntries(pieces) };
}

type StoryClient = Client<StoryContract>;

function enter({ system, socket, protection }: Stage, token: string): Promise<StoryClient> {
  const sealed = protection === "sealed" ? { serverKey: system.serverKey } : {};
  return connect(socket, {
    contract: storyContract(protection),
    socket: nodeSocket({ ca: system.ca }),
    token,
    device: secrets.device,
    random: () => 0,
    ...sealed,
  });
}

const room = { roomId: secrets.room };

async function talk(alice: StoryClient, bob: StoryClient): Promise<void> {
  for (const [name, text] of [
    [secrets.lobbyName, secrets.lobbyText],
    [secrets.vaultName, secrets.vaultText],
  ] as const) {
    const here = await alice.join(name, room);
    const came = once(here, "presence");
    const there = await bob.join(name, room);
    await came;
    const heard = take(1, there.messages[Symbol.asyncIterator]());
    await here.publish({ text });
    await heard;
    const page = await here.history({ limit: 10 });
    if (page.messages.length !== 1) throw new Error(`expected a message in the history, got ${page.messages.length}`);
  }
}

async function askAndHear({ system }: Stage, alice: StoryClient): Promise<void> {
  const notified = take(1, alice.notifications[Symbol.asyncIterator]());
  await system.gateway.notify(secrets.user, { title: secrets.notification });
  await notified;
  await alice.call(secrets.commandName, { title: secrets.title });
}

async function missAndRecover({ system }: Stage, alice: StoryClient): Promise<void> {
  const vault = await alice.join(secrets.vaultName, { roomId: `${secrets.room}-2` });
  const waiting = phase(alice, "waiting");
  system.proxy.cut();
  await waiting;
  await system.gateway.publish(secrets.vaultName, { roomId: `${secrets.room}-2` }, { text: secrets.missedText });
  await take(1, vault.messages[Symbol.asyncIterator]());
  if (vault.recovered !== true) throw new Error("expected to recover");
}
