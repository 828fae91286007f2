/** The members, in a process of their own: join as they are told, then tell each time all of them have so many messages more. */
import { joinSealed, joinTransport } from "./deaf-member.ts";
import type { MembersQuestion } from "./measure.ts";

const joiningAtOnce = 8;
let heard = 0;
let wanted = Number.POSITIVE_INFINITY;

process.on("message", async (question: MembersQuestion) => {
  if (question.ask === "join") {
    const { place, channel, members } = question;
    const join = channel === "sealed" ? joinSealed : joinTransport;
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < members) {
        next += 1;
        await join(place, `${channel}-${next}`, hear);
      }
    };
    await Promise.all(Array.from({ length: joiningAtOnce }, work));
    process.send?.("joined");
  } else {
    wanted = question.messages;
    tellWhenHeard();
  }
});
process.on("disconnect", () => process.exit());

function hear(): void {
  heard += 1;
  tellWhenHeard();
}

function tellWhenHeard(): void {
  if (heard < wanted) return;
  heard -= wanted;
  wanted = Number.POSITIVE_INFINITY;
  process.send?.("heard");
}
