import type { Check } from "../check.ts";
import { certificateDates } from "./certificate/dates.ts";
import { certificateKey } from "./certificate/key.ts";
import { certificateLifespan } from "./certificate/lifespan.ts";
import { certificateName } from "./certificate/name.ts";
import { ocspStapling } from "./certificate/stapling.ts";
import { trustedChain } from "./certificate/trusted.ts";
import { binaryRoundTrip } from "./frames/binary-round-trip.ts";
import { closeFrames } from "./frames/close-frames.ts";
import { closing } from "./frames/closing.ts";
import { continuation } from "./frames/continuation.ts";
import { controlFrames } from "./frames/control-frames.ts";
import { lengths } from "./frames/lengths.ts";
import { reservedBits } from "./frames/reserved-bits.ts";
import { reservedOpcodes } from "./frames/reserved-opcodes.ts";
import { serverFrames } from "./frames/server-frames.ts";
import { textRoundTrip } from "./frames/text-round-trip.ts";
import { unmaskedFrame } from "./frames/unmasked.ts";
import { invalidUtf8 } from "./frames/utf8.ts";
import { afterRefusal } from "./handshake/after-refusal.ts";
import { body } from "./handshake/body.ts";
import { established } from "./handshake/established.ts";
import { garbageSubprotocol } from "./handshake/garbage-subprotocol.ts";
import { host } from "./handshake/host.ts";
import { http2 } from "./handshake/http2.ts";
import { key } from "./handshake/key.ts";
import { method } from "./handshake/method.ts";
import { repeatedHeaders } from "./handshake/repeated-headers.ts";
import { subprotocol } from "./handshake/subprotocol.ts";
import { version } from "./handshake/version.ts";
import { banner } from "./headers/banner.ts";
import { errorMessages } from "./headers/error-messages.ts";
import { errorPages } from "./headers/error-pages.ts";
import { hsts } from "./headers/hsts.ts";
import { trace } from "./headers/trace.ts";
import { bomb } from "./limits/bomb.ts";
import { compression } from "./limits/compression.ts";
import { manyFragments } from "./limits/fragments.ts";
import { headerCount } from "./limits/header-count.ts";
import { headerSize } from "./limits/header-size.ts";
import { idle } from "./limits/idle.ts";
import { messageRate } from "./limits/message-rate.ts";
import { messageSize } from "./limits/message-size.ts";
import { answersPing } from "./limits/ping.ts";
import { pingRate } from "./limits/ping-rate.ts";
import { slowHeaders } from "./limits/slow-headers.ts";
import { cookies } from "./origin/cookies.ts";
import { foreignOrigin } from "./origin/foreign.ts";
import { lookAlikeOrigin } from "./origin/look-alike.ts";
import { malformedOrigin } from "./origin/malformed.ts";
import { missingOrigin } from "./origin/missing.ts";
import { nullOrigin } from "./origin/null-origin.ts";
import { originOverHttp2 } from "./origin/over-http2.ts";
import { repeatedOrigin } from "./origin/repeated.ts";
import { schemeOrPortOrigin } from "./origin/scheme-or-port.ts";
import { alpn } from "./tls/alpn.ts";
import { ciphertext } from "./tls/ciphertext.ts";
import { tlsCompression } from "./tls/compression.ts";
import { encrypted } from "./tls/encrypted.ts";
import { tls12Extensions } from "./tls/extensions.ts";
import { weakGroups } from "./tls/groups.ts";
import { oldProtocols } from "./tls/old-protocols.ts";
import { postQuantum } from "./tls/post-quantum.ts";
import { renegotiation } from "./tls/renegotiation.ts";
import { serverName } from "./tls/server-name.ts";
import { tls13 } from "./tls/tls13.ts";
import { weakSuites } from "./tls/weak-suites.ts";
import { anonymous } from "./tokens/anonymous.ts";
import { outlivedToken } from "./tokens/outlived-token.ts";
import { tamperedToken } from "./tokens/tampered-token.ts";
import { unsignedToken } from "./tokens/unsigned-token.ts";
import { urlToken } from "./tokens/url-token.ts";
import { plaintextDowngrade } from "./transport/downgrade.ts";
import { redirect } from "./transport/redirect.ts";

/** Every check, in the order of reports: first what works, then what could be led astray. */
export const checks: readonly Check[] = [
  established,
  textRoundTrip,
  binaryRoundTrip,
  encrypted,
  ciphertext,

  plaintextDowngrade,
  redirect,
  oldProtocols,
  tls13,
  weakSuites,
  weakGroups,
  postQuantum,
  renegotiation,
  tlsCompression,
  tls12Extensions,
  alpn,
  serverName,

  trustedChain,
  certificateName,
  certificateDates,
  certificateKey,
  certificateLifespan,
  ocspStapling,

  version,
  key,
  repeatedHeaders,
  method,
  body,
  host,
  subprotocol,
  garbageSubprotocol,
  afterRefusal,
  http2,

  foreignOrigin,
  lookAlikeOrigin,
  nullOrigin,
  schemeOrPortOrigin,
  malformedOrigin,
  repeatedOrigin,
  missingOrigin,
  originOverHttp2,
  cookies,

  unmaskedFrame,
  reservedBits,
  reservedOpcodes,
  controlFrames,
  continuation,
  lengths,
  invalidUtf8,
  closeFrames,
  closing,
  serverFrames,

  messageSize,
  headerSize,
  compression,
  answersPing,
  idle,
  bomb,
  manyFragments,
  messageRate,
  pingRate,
  headerCount,
  slowHeaders,

  anonymous,
  urlToken,
  unsignedToken,
  tamperedToken,
  outlivedToken,

  hsts,
  banner,
  errorPages,
  errorMessages,
  trace,
];
