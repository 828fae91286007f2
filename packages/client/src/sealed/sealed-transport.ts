/** Sealed connections: the chunk that a client with a pin loads. */

import type { Contract } from "@wardwire/contract";
import type { Pin } from "@wardwire/crypto/keys/pin";
import { cborCodec } from "@wardwire/wire/cbor";
import { defaultBundleStore, loadPrimitives } from "#sealed-platform";
import type { ClientLimits } from "../client-limits.ts";
import type { Clock } from "../platform/clock.ts";
import type { SealedSecurity } from "../security.ts";
import type { SocketFactory } from "../socket/socket.ts";
import type { Transport } from "../transport.ts";
import type { BundleStore } from "./bundle-store.ts";
import { checkDeviceKey, type DeviceKey } from "./device-proofs.ts";
import { fetchBytes } from "./fetch-bytes.ts";
import { SealedSocket, type SealedSocketSettings } from "./sealed-socket.ts";
import { TrustedBundles } from "./trusted-bundles.ts";

/** What sealed connections to one gateway are made from. */
export interface SealedSettings {
  /** In normal form, as `parseGatewayUrl` gives it. */
  readonly url: string;
  readonly pins: readonly Pin[];
  /** What opens the sockets underneath. */
  readonly socket: SocketFactory;
  readonly bundleStore?: BundleStore | undefined;
  readonly contract: Contract | undefined;
  readonly deviceKey?: DeviceKey | undefined;
  readonly limits: ClientLimits;
  readonly clock: Clock;
  /** A session has got keys, or fresh ones. */
  readonly onKeys: (security: SealedSecurity) => void;
}

/**
 * What sealed connections run over. Nothing is opened or fetched before the first connection.
 *
 * @throws ClientError `invalid-device-key`, as a rejection
 */
export async function sealedTransport(settings: SealedSettings): Promise<Transport> {
  const { pins, socket, bundleStore, contract, deviceKey, limits, clock, onKeys } = settings;
  if (deviceKey !== undefined) checkDeviceKey(deviceKey);
  const primitives = await loadPrimitives();
  const { origin, path } = endpointOf(settings.url);
  const bundles = new TrustedBundles({
    primitives,
    origin,
    pins,
    // Called on its owner, which may need itself.
    fetchBytes: (url, options) => (socket.fetchBytes ? socket.fetchBytes(url, options) : fetchBytes(url, options)),
    store: bundleStore ?? defaultBundleStore,
    clock,
    timeoutMs: limits.connectTimeoutMs,
  });
  const { maxMessageBytes } = limits;
  const sockets: SealedSocketSettings = {
    ...{ primitives, bundles, clock, origin, path, contract, deviceKey, maxMessageBytes },
    ...{ sockets: socket, onKeys },
  };
  return {
    codec: cborCodec,
    socket: {
      sendsAuthorization: false,
      open: (request, observer) => new SealedSocket(sockets, request, observer),
    },
  };
}

/** What the handshake binds: `https://host` of `wss://host/path`, and the path (HS-1.4). */
function endpointOf(url: string): { readonly origin: string; readonly path: string } {
  const { host, pathname, protocol } = new URL(url);
  return { origin: `${protocol === "wss:" ? "https" : "http"}://${host}`, path: pathname };
}
