import { ClientError, type ClientErrorCode } from "@wardwire/client";
import { SignInError, type SignInErrorCode } from "./state/sign-in.ts";

/**
 * What to tell a person about an error: what happened, and what they can do. Every code of an error frame, of the client
 * and of the sign-in has its sentence; an application's own refusal keeps the words it was given.
 */
export function sentenceFor(error: unknown): string {
  const cause = error instanceof ClientError && error.cause instanceof SignInError ? error.cause : error;
  if (cause instanceof ClientError) return `${clientSentence(cause)}${waitHint(cause.retryAfterMs)}`;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return sentences[code] ?? unknownError;
}

/** Sentences by code. */
export const sentences: Readonly<Record<string, string>> = {
  // Error frames of the gateway.
  "unknown-type": "This page and the server speak different versions. Reload the page.",
  "invalid-frame": "This page and the server do not understand each other. Reload the page.",
  "token-expired": "Your sign-in has run out. Sign in again.",
  "token-invalid": "The server does not accept your sign-in. Sign in again.",
  forbidden: "You are not allowed to do that here.",
  "not-joined": "You are not in this room yet, so nothing was sent.",
  "already-joined": "You are in this room already.",
  "too-many-joins": "You are in as many rooms as the server allows. Leave one first.",
  "not-supported": "This room does not offer that.",
  "rate-limited": "That was a bit fast for the server.",
  unavailable: "The server cannot do that right now. Try again in a moment.",
  internal: "Something went wrong on the server. Try again in a moment.",
  ...({
    // The client.
    "invalid-url": "The server's address is not usable. Reload the page.",
    "insecure-url": "The server's address is not protected by TLS, so this page does not connect.",
    "invalid-server-key": "The server's key came to this page damaged. Reload the page.",
    "invalid-device-key": "This device's key is not usable. Reload the page.",
    "invalid-token": "The sign-in gave something that is no token. Sign in again.",
    "token-unavailable": "The sign-in could not be renewed.",
    "token-refused": "The server no longer accepts your sign-in. Sign in again.",
    "certificate-refused": "The server could not prove who it is, so this page does not connect.",
    "handshake-refused": "The server refuses connections from this page.",
    unreachable: "The server cannot be reached.",
    "connect-timeout": "The server did not answer in time.",
    "connection-lost": "The connection broke.",
    "heartbeat-lost": "The server has gone silent.",
    "closed-by-gateway": "The server closed the connection.",
    "protocol-violation": "The server sent something this page does not understand. Reload the page.",
    "key-bundle": "The server's keys did not prove to be its own, so nothing is sent. Ask whoever runs it.",
    clock: "This device's clock does not fit the dates of the server's keys. Set the clock.",
    "session-failed": "The sealed connection failed. Something on the way may have changed it.",
    truncated: "The sealed connection was cut off on the way.",
    "protection-required":
      "This room needs a sealed connection, and this page knows no key of the server. Reload the page.",
    "not-connected": "There is no connection right now, so nothing was sent.",
    disconnected: "The connection broke before the server answered. It may have arrived or not.",
    "outcome-unknown":
      "The server did not confirm this in time. It may have arrived; trying again cannot send it twice.",
    timeout: "The server did not answer in time. It may have arrived or not.",
    "too-many-pending": "Too much is waiting for an answer. Nothing was sent; try again in a moment.",
    "send-buffer-full": "Too much is waiting to be sent. Nothing was sent; try again in a moment.",
    "too-large": "That is larger than the server takes. Make it shorter.",
    "invalid-data": "The server does not take this text. It may be too long or hold characters that are not allowed.",
    "unknown-channel": "The server does not know this kind of room.",
    "unknown-command": "The server does not know this command.",
    left: "You have left this room.",
    overflow: "Messages came faster than this page could show them.",
    "already-reading": "This page is reading the room twice. Reload the page.",
    "logged-out": "You are signed out.",
    closed: "The connection was closed.",
    // The sign-in.
    "invalid-name": "A name has 1 to 64 characters, and none that cannot be seen.",
    "invalid-device": "This browser's name is not usable. Reload the page.",
    "invalid-request": "The server did not understand the sign-in. Reload the page.",
    "origin-not-allowed": "The server does not allow sign-ins from this address.",
    "sign-in-unreachable": "The server cannot be reached. Check that it is running, then try again.",
    "sign-in-failed": "The server could not sign you in. Try again in a moment.",
  } satisfies Record<ClientErrorCode | SignInErrorCode, string>),
};

/** Sentences by WebSocket close code, where a close says more than that it happened. */
export const closeSentences: Readonly<Record<number, string>> = {
  1001: "The server is going away.",
  1002: "This page and the server do not understand each other. Reload the page.",
  1003: "This page and the server do not understand each other. Reload the page.",
  1007: "This page and the server do not understand each other. Reload the page.",
  1009: "Something was larger than the server takes.",
  1011: "Something went wrong on the server.",
  1012: "The server is restarting.",
  1013: "The server has too much to do.",
  4400: "This page and the server do not understand each other. Reload the page.",
  4401: "Your sign-in has run out.",
  4402: "The server does not accept your sign-in. Sign in again.",
  4403: "You were signed out elsewhere, or are not allowed here any more.",
  4408: "Signing in took too long.",
  4409: "The server did not hear from this page.",
  4413: "The server ended the connection after too many errors. Reload the page.",
  4429: "That was a bit fast for the server.",
  4470: "The sealed connection failed. Something on the way may have changed it.",
  4471: "This device's clock is too far off, or the server's keys are out of date. Set the clock.",
};

/** What a notification about a new title says. */
export function roomRenamed(before: string, title: string): string {
  return before === title ? `The room is called “${title}”.` : `“${before}” is now called “${title}”.`;
}

const unknownError = "Something unexpected went wrong. Try again, or reload the page.";

function clientSentence(error: ClientError): string {
  const byClose = error.closeCode === undefined ? undefined : closeSentences[error.closeCode];
  return byClose ?? sentences[error.code] ?? (error.origin === "gateway" ? error.message : unknownError);
}

function waitHint(retryAfterMs: number | undefined): string {
  return retryAfterMs === undefined ? "" : ` Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1_000))} s.`;
}
