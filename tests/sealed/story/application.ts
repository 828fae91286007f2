/** The application of the story: a sealed channel and another, a command, a notification. */
import { defineContract } from "@wardwire/contract";
import { allow, createGateway } from "@wardwire/gateway";
import { z } from "zod";
import type { SharedOptions } from "../system/sealed-system.ts";
import { secrets } from "./secrets.ts";

/** @param protection of the vault; the lobby never has more than transport */
export function storyContract(protection: "transport" | "sealed") {
  const params = z.object({ roomId: z.string() });
  const room = {
    params,
    message: z.object({ text: z.string() }),
    publish: "members",
    presence: true,
    history: { messages: 100, ttlMs: 3_600_000 },
  } as const;
  return defineContract({
    channels: {
      [secrets.lobbyName]: { ...room, protection: "transport" },
      [secrets.vaultName]: { ...room, protection },
    },
    commands: {
      [secrets.commandName]: { input: z.object({ title: z.string() }), output: z.object({ title: z.string() }) },
    },
    notification: z.object({ title: z.string() }),
  });
}

/** Its contract, as both ends have it. */
export type StoryContract = ReturnType<typeof storyContract>;

/** Makes the gateway of the story. */
export function storyGateway(protection: "transport" | "sealed") {
  return (shared: SharedOptions) =>
    createGateway({
      ...shared,
      contract: storyContract(protection),
      authorize: () => allow(),
      commands: { [secrets.commandName]: () => ({ title: secrets.answer }) },
    });
}
