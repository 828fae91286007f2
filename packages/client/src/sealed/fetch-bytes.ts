import type { FetchBytesOptions } from "../socket/socket.ts";

/**
 * {@link SocketFactory.fetchBytes} by the platform's `fetch`, for socket factories that have none.
 *
 * @throws Error, as a rejection
 */
export async function fetchBytes(url: string, { signal, maxBytes }: FetchBytesOptions): Promise<Uint8Array> {
  const response = await fetch(url, {
    signal,
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
  });
  if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
  const bytes = new Uint8Array(maxBytes);
  let length = 0;
  // Leaving the loop by a throw cancels what is still to come.
  for await (const chunk of chunksOf(response)) {
    if (length + chunk.length > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes.slice(0, length);
}

/** What a body brings; Safari cannot iterate over one. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array, void> {
  const reader = body?.getReader();
  if (reader === undefined) return;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}
