import { type Contract, type ParseResult, parse } from "@wardwire/contract";
import type { Json } from "@wardwire/wire/frames";
import { idempotencyKeyPattern } from "@wardwire/wire/limits";
import { setAddressLists } from "./accept/set-address-lists.ts";
import { channelAddress } from "./channels/address.ts";
import type { ChannelAddress } from "./channels/channel.ts";
import { historyMessages, maxPageBytes } from "./channels/history-message.ts";
import { presentIn } from "./channels/present.ts";
import { publishTo } from "./channels/publish.ts";
import type { Core } from "./core.ts";
import { asJson } from "./dispatch/as-json.ts";
import { RequestError } from "./dispatch/request-error.ts";
import type { Gateway, HistoryPage, HistoryQuery, PublishedPlace, PublishOptions } from "./gateway.ts";
import { GatewayError } from "./gateway-error.ts";
import { Lifecycle, type LifecycleOptions } from "./lifecycle.ts";
import type { Levels } from "./observe/metrics.ts";
import { reauthorize } from "./revocation/reauthorize.ts";

/** What an application does with a gateway, over what its rooms share. `C` is the contract the core was made with. */
export function gatewayOver<C extends Contract>(core: Core, options: LifecycleOptions): Gateway<C> {
  const lifecycle = new Lifecycle(core, options);
  return {
    listen: (listenOptions) => lifecycle.listen(listenOptions),
    dangerouslyListenWithoutTls: (listenOptions) => lifecycle.listenWithoutTls(listenOptions),
    handleUpgrade: lifecycle.handleUpgrade,
    publish: (channel, params, data, options = {}) => publish(core, { name: channel, params, data, ...options }),
    notify: async (userId, data) => notify(core, userId, data),
    history: async (channel, params, query) => history(core, channel, params, query),
    presence: async (channel, params) => (await presentIn(core.cluster, withPresence(core, channel, params))).present,
    presenceCount: async (channel, params) => core.cluster.presence.count(withPresence(core, channel, params).key),
    setAddressLists: (lists) => setAddressLists(core, lists),
    revoke: (target) => core.revocations.revoke(target),
    reauthorize: (filter = {}) => reauthorize(core, filter),
    get problems() {
      return lifecycle.problems;
    },
    report: (event) => core.observe(event),
    metrics: () => core.metrics.text(levelsOf(core, lifecycle.incompleteBytes)),
    close: () => lifecycle.close(),
  };
}

function levelsOf(core: Core, incompleteBytes: number): Levels {
  const { lagMs, descriptors, certificateUntilMs } = core.vitalSigns.vitals;
  return {
    openConnections: core.connections.all.size,
    unauthenticatedConnections: core.unauthenticatedPerIp.total,
    channels: core.channels.size,
    outboundBytes: core.outboundTotal.bytes,
    incompleteBytes,
    forgottenSubjects: core.signals.forgotten,
    suppressedSignals: core.signals.suppressed,
    ...(core.sealing && { sealedSessions: core.sealing.openSessions.size, ...sealedChannels(core) }),
    ...(lagMs === undefined ? {} : { eventLoopLagSeconds: lagMs / 1_000 }),
    ...(descriptors && { openDescriptors: descriptors.open, maxDescriptors: descriptors.limit }),
    ...(certificateUntilMs === undefined ? {} : { certificateExpirySeconds: certificateUntilMs / 1_000 }),
  };
}

function sealedChannels({ channels }: Core): Partial<Levels> {
  const { epochs, steps, records, skips } = channels.figures;
  return { sealedEpochs: epochs, sealedSteps: steps, sealedRecords: records, sealedSkips: skips };
}

interface ApplicationMessage extends PublishOptions {
  readonly name: string;
  readonly params: unknown;
  readonly data: unknown;
}

async function publish(core: Core, { name, params, data, key }: ApplicationMessage): Promise<PublishedPlace> {
  const address = channelAddress(core.contract, name, params);
  const message = checked(parse(address.definition.message, data));
  if (key !== undefined && !idempotencyKeyPattern.test(key)) {
    throw new RequestError("invalid-data", "key: expected 1 to 64 visible ASCII characters");
  }
  // No user id is empty, so no member's key can begin with the blank.
  const { position, duplicate } = await publishTo(core, address, { data: message, ...(key && { key: ` ${key}` }) });
  return { ...position, duplicate };
}

function notify(core: Core, userId: string, data: unknown): number {
  const { notification } = core.contract.definition;
  if (notification === undefined) {
    throw new GatewayError("invalid-options", "notify: the contract declares no notification");
  }
  const frame = { type: "notification", data: checked(parse(notification, data)), at: core.clock.now() } as const;
  const connections = core.connections.ofUser(userId);
  for (const connection of connections) connection.send(frame);
  return connections.size;
}

/** The longest page a member gets too (WP-FRAME-16). */
const maxPageMessages = 200;

async function history<Data>(
  core: Core,
  name: string,
  params: unknown,
  query: HistoryQuery,
): Promise<HistoryPage<Data>> {
  const address = channelAddress(core.contract, name, params);
  if (address.definition.history === undefined) throw new RequestError("not-supported", `${name} keeps no history`);
  const { limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxPageMessages) {
    throw new RequestError("invalid-data", `limit: expected an integer from 1 to ${maxPageMessages}, got ${limit}`);
  }
  const { items, position, complete } = await core.channels.store.history(address, query);
  const { messages } = historyMessages(items, maxPageBytes);
  // What is in the history has been parsed by the contract on its way in.
  return { messages: messages as HistoryPage<Data>["messages"], position, complete };
}

function withPresence(core: Core, name: string, params: unknown): ChannelAddress {
  const address = channelAddress(core.contract, name, params);
  if (address.definition.presence !== true) throw new RequestError("not-supported", `${name} keeps no presence`);
  return address;
}

function checked(parsed: ParseResult<unknown>): Json {
  if (!parsed.ok) throw new RequestError("invalid-data", parsed.message, { path: parsed.path });
  return asJson(parsed.value);
}
