import { type ReadonlySignal, signal } from "@preact/signals";
import type { ConnectPerson } from "./chat-client.ts";
import type { Memory, Person } from "./memory.ts";
import { beginSession, type Session } from "./session.ts";
import { tidyName } from "./sign-in.ts";

/** What the page shows. */
export type Screen =
  /** `name` is who was signed in before, `reason` what the person should know about why they no longer are. */
  | { readonly phase: "signed-out"; readonly name: string; readonly reason?: SignedOutReason }
  | { readonly phase: "signed-in"; readonly session: Session };

/** Why somebody is signed out who did not ask for it in this tab. */
export type SignedOutReason = "other-tab" | "ended";

/** The page's state and what a person can do about it. */
export interface Chat {
  readonly screen: ReadonlySignal<Screen>;
  /**
   * Signs in.
   *
   * @throws SignInError; ClientError `invalid-server-key` for a page that was given a damaged one
   */
  signIn(name: string): Promise<void>;
  signOut(): void;
  /** Makes a new connection after the old one ended for good. */
  connectAgain(): void;
  /** Goes to the sign-in after the gateway refused this person. */
  signInAgain(): void;
}

/** What the page's state is made from. */
export interface ChatOptions {
  readonly memory: Memory;
  readonly connect: ConnectPerson;
  /** Gives a token, or says why there is none. */
  readonly fetchToken: (person: Person) => Promise<string>;
  /** Names this browser. */
  readonly nameDevice: () => string;
  readonly isVisible: ReadonlySignal<boolean>;
}

/** Comes back to whom the memory names, else asks who is there. Two tabs sign out together. */
export function createChat(options: ChatOptions): Chat {
  const { memory, connect, fetchToken, nameDevice, isVisible } = options;
  const screen = signal<Screen>({ phase: "signed-out", name: "" });

  const begin = (person: Person, firstToken?: string): void => {
    const session = beginSession(person, connect(person, firstToken), memory, isVisible);
    screen.value = { phase: "signed-in", session };
  };
  /** With what the page was given no client may be made; whoever then signs in is told why. */
  const resume = (person: Person): void => {
    try {
      begin(person);
    } catch {
      screen.value = { phase: "signed-out", name: person.name };
    }
  };
  const end = (name: string, reason?: SignedOutReason): void => {
    if (screen.value.phase === "signed-in") void screen.value.session.end();
    screen.value = { phase: "signed-out", name, ...(reason === undefined ? {} : { reason }) };
  };
  const personNow = (): Person | undefined =>
    screen.value.phase === "signed-in" ? screen.value.session.person : undefined;

  const remembered = memory.person();
  if (remembered !== undefined) resume(remembered);
  memory.watch((what) => {
    const present = personNow();
    const wanted = memory.person();
    if (what === "rooms") {
      if (screen.value.phase === "signed-in") screen.value.session.rooms.follow(memory.rooms() ?? []);
    } else if (wanted?.name !== present?.name) {
      end("", "other-tab");
      if (wanted !== undefined) begin(wanted);
    }
  });

  return {
    screen,
    signIn: async (name) => {
      const person = { name: tidyName(name), device: nameDevice() };
      const token = await fetchToken(person);
      begin(person, token);
      memory.keepPerson(person);
    },
    signOut: () => {
      end("");
      memory.clear();
    },
    connectAgain: () => {
      const person = personNow();
      if (person === undefined) return;
      end(person.name);
      begin(person);
    },
    signInAgain: () => {
      const name = personNow()?.name ?? "";
      end(name, "ended");
      memory.clear();
    },
  };
}
