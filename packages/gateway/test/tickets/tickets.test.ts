import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Identity } from "../../src/auth/identity.ts";
import type { GatewayEvent } from "../../src/observe/events.ts";
import type { GatewayLimits } from "../../src/options.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { maxTicketsPerUser, TicketStore } from "../../src/tickets/ticket-store.ts";
import { withTickets } from "../../src/tickets/tickets.ts";
import { GatewayOnPaper, type PaperSocket } from "../gateway-on-paper.ts";

const [page, otherPage] = ["https://chat.example", "https://other.example"];

/** A gateway behind an application whose cookie is `session=USER`. */
class TicketGateway extends GatewayOnPaper {
  constructor(session?: (request: Request) => Identity | undefined, limits: Partial<GatewayLimits> = {}) {
    const ofCookie = (request: Request): Identity | undefined => {
      const userId = /^session=(\w+)$/.exec(request.headers.get("cookie") ?? "")?.[1];
      return userId === undefined ? undefined : { userId, expiresAt: this.clock.now() + 3_600_000, claims: {} };
    };
    super({ allowedOrigins: [page, otherPage], tickets: { session: session ?? ofCookie }, limits });
  }

  /** Asks for a ticket as alice's page would, but for `headers`. */
  async ask(
    headers: Record<string, string | undefined> = {},
    init: RequestInit = {},
    path = "/ws/ticket",
  ): Promise<Response> {
    const given = { origin: page, cookie: "session=alice", ...headers };
    const sent = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const answer = withTickets(this.core, () => new Response("the page"));
    const request = new Request(`https://chat.example${path}`, { method: "POST", headers: sent, ...init });
    return answer(request, "192.0.2.7");
  }

  async ticket(): Promise<string> {
    const { ticket } = (await (await this.ask()).json()) as { readonly ticket: string };
    return ticket;
  }

  async connectWith(ticket: string, origin: string | undefined = page): Promise<PaperSocket> {
    const socket = await this.open({ origin, ...(origin === undefined && { authorization: "Bearer bob" }) });
    socket.send({ type: "connect", id: 1, ticket });
    return socket;
  }

  get refusals(): readonly GatewayEvent[] {
    return this.events.filter(({ event }) => event === "ticket-refused");
  }
}

describe("the ticket endpoint", () => {
  test("gives whoever has a session 128 random bits for 30 s, and lets nobody keep them (R41)", async () => {
    const gateway = new TicketGateway();
    const answer = await gateway.ask();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.equal(answer.headers.get("access-control-allow-origin"), page);
    const { ticket, expiresAt, ...rest } = (await answer.json()) as { ticket: string; expiresAt: number };
    assert.match(ticket, /^[\w-]{22}$/);
    assert.equal(expiresAt, gateway.clock.now() + 30_000);
    assert.deepEqual(rest, {});
    assert.notEqual(await gateway.ticket(), ticket);
  });

  const refused: readonly [
    what: string,
    status: number,
    headers: Record<string, string | undefined>,
    init?: RequestInit,
  ][] = [
    ["a page of another origin", 403, { origin: "https://attacker.example" }],
    ["an origin that only begins like ours", 403, { origin: `${page}.attacker.example` }],
    ["the origin null", 403, { origin: "null" }],
    ["no origin", 403, { origin: undefined }],
    ["a request a browser says is cross-site", 403, { "sec-fetch-site": "cross-site" }],
    ["a request a person typed in", 403, { "sec-fetch-site": "none" }],
    ["no session", 401, { cookie: undefined }],
    ["a GET", 405, {}, { method: "GET" }],
  ];
  for (const [what, status, headers, init] of refused) {
    test(`refuses ${what} (${status}), and tells`, async () => {
      const gateway = new TicketGateway();
      const answer = await gateway.ask(headers, init);
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      assert.equal(answer.headers.get("cache-control"), "no-store");
      assert.equal(gateway.core.tickets?.store.size, 0);
      assert.equal(gateway.refusals.length, 1);
    });
  }

  for (const site of ["same-origin", "same-site"]) {
    test(`takes a request a browser says is ${site}`, async () => {
      assert.equal((await new TicketGateway().ask({ "sec-fetch-site": site })).status, 200);
    });
  }

  test("costs an address what a handshake does: too many are 429 with Retry-After, whatever they ask (R29)", async () => {
    const gateway = new TicketGateway(undefined, { handshakesPerSecondPerIp: 1, handshakeBurstPerIp: 2 });
    const statuses = [await gateway.ask(), await gateway.ask({ cookie: undefined }), await gateway.ask()];
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [200, 401, 429],
    );
    assert.equal(statuses[2]?.headers.get("retry-after"), "1");
    const handshake = await gateway.upgrade();
    assert.equal(!handshake.accepted && handshake.status, 429, "they are of one budget");
    gateway.clock.pass(1_000);
    assert.equal((await gateway.ask()).status, 200);
  });

  test("leaves every other path to the application", async () => {
    assert.equal(await (await new TicketGateway().ask({}, {}, "/ws/tickets")).text(), "the page");
  });

  test("refuses a session check that throws (503), an identity out of bounds (503) and one that has expired (401)", async () => {
    const broken = (): never => {
      throw new Error("the session store is down");
    };
    assert.equal((await new TicketGateway(broken).ask()).status, 503);
    const identity = { userId: "alice", expiresAt: 1, claims: {} };
    assert.equal((await new TicketGateway(() => ({ ...identity, userId: "" })).ask()).status, 503);
    assert.equal((await new TicketGateway(() => identity).ask()).status, 401);
  });

  test("refuses a user who has been revoked", async () => {
    const gateway = new TicketGateway();
    await gateway.core.revocations.revoke({ user: "alice" });
    assert.equal((await gateway.ask()).status, 401);
  });
});

describe("a ticket in connect", () => {
  test("connects its user, from a page of its origin (R41)", async () => {
    const gateway = new TicketGateway();
    const socket = await gateway.connectWith(await gateway.ticket());
    const connected = await socket.next("connected");
    assert.deepEqual([connected.user, connected.expiresAt], ["alice", gateway.clock.now() + 3_600_000]);
  });

  test("is good once: the second use is 4402 and an event (R41)", async () => {
    const gateway = new TicketGateway();
    const ticket = await gateway.ticket();
    await (await gateway.connectWith(ticket)).next("connected");
    assert.equal((await (await gateway.connectWith(ticket)).closed()).code, 4402);
    assert.partialDeepStrictEqual(gateway.refusals, [{ reason: "used-before", user: "alice" }]);
  });

  test("is good for two who come at the same time once", async () => {
    const gateway = new TicketGateway();
    const ticket = await gateway.ticket();
    const sockets = await Promise.all([gateway.connectWith(ticket), gateway.connectWith(ticket)]);
    await sockets[0]?.next("connected");
    assert.deepEqual([sockets[0]?.closeCode(), (await sockets[1]?.closed())?.code], [undefined, 4402]);
  });

  test("is good on a page of its own origin only, and used up elsewhere (R41)", async () => {
    const gateway = new TicketGateway();
    const ticket = await gateway.ticket();
    assert.equal((await (await gateway.connectWith(ticket, otherPage)).closed()).code, 4402);
    assert.equal((await (await gateway.connectWith(ticket)).closed()).code, 4402);
    assert.partialDeepStrictEqual(gateway.refusals, [{ reason: "other-origin" }, { reason: "used-before" }]);
  });

  test("is good for less than 30 s (R41)", async () => {
    for (const [passedMs, code] of [
      [29_999, undefined],
      [30_000, 4402],
      [31_000, 4402],
    ] as const) {
      const gateway = new TicketGateway();
      const ticket = await gateway.ticket();
      gateway.clock.pass(passedMs);
      const socket = await gateway.connectWith(ticket);
      await socket.drain();
      assert.equal(socket.closeCode(), code, `after ${passedMs} ms`);
    }
  });

  test("that nobody issued is 4402, and says no more than one that was used (R45)", async () => {
    const gateway = new TicketGateway();
    const ticket = await gateway.ticket();
    await (await gateway.connectWith(ticket)).next("connected");
    const answers: unknown[] = [];
    for (const each of [ticket, "A".repeat(22), "x"]) {
      const socket = await gateway.connectWith(each);
      answers.push(await socket.next("error"));
      assert.equal((await socket.closed()).code, 4402);
    }
    assert.deepEqual(answers, Array(3).fill(answers[0]));
  });

  test("is worth nothing in a URL (R42)", async () => {
    const gateway = new TicketGateway();
    const answer = await gateway.upgrade({}, `/ws?ticket=${await gateway.ticket()}`);
    assert.equal(answer.accepted ? 101 : answer.status, 400);
  });

  test("does not outlive a revocation made after it was issued", async () => {
    const gateway = new TicketGateway();
    const ticket = await gateway.ticket();
    await gateway.core.revocations.revoke({ user: "alice" });
    assert.equal((await (await gateway.connectWith(ticket)).closed()).code, 4403);
  });
});

describe("the tickets in memory", () => {
  const alice = { userId: "alice", expiresAt: 2_000_000_000_000, claims: {} };

  test("hold a bounded number of one user's, and have room again a minute later", () => {
    const clock = new ManualClock();
    const store = new TicketStore(clock);
    for (let count = 0; count < maxTicketsPerUser; count += 1) assert.ok(store.issue(alice, page));
    assert.equal(store.issue(alice, page), undefined);
    assert.ok(store.issue({ ...alice, userId: "bob" }, page), "others are not kept out");
    clock.pass(59_999);
    assert.equal(store.issue(alice, page), undefined);
    clock.pass(1);
    assert.ok(store.issue(alice, page));
    assert.equal(store.size, 1);
  });

  test("hold a bounded number in all", () => {
    const store = new TicketStore(new ManualClock());
    let issued = 0;
    while (store.issue({ ...alice, userId: `user ${issued}` }, page) !== undefined) issued += 1;
    assert.equal(issued, 10_000);
  });
});
