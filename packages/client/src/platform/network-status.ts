/** Whether the device has a network at all, as far as the platform knows. */
export interface NetworkStatus {
  isOnline(): boolean;
  /** Calls `listener` at every change until the returned function is called. */
  watch(listener: (online: boolean) => void): () => void;
}

/** What browsers tell by `navigator.onLine` and the `online` and `offline` events; where those do not exist, always online. */
export const platformNetworkStatus: NetworkStatus = {
  isOnline: () => globalThis.navigator?.onLine !== false,
  watch(listener) {
    const stop = new AbortController();
    for (const type of ["online", "offline"]) {
      globalThis.addEventListener?.(type, () => listener(type === "online"), { signal: stop.signal });
    }
    return () => stop.abort();
  },
};
