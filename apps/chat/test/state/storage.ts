/** What `localStorage` does, over a map. */
export function storageOver(items: Map<string, string>): Storage {
  return {
    get length() {
      return items.size;
    },
    clear: () => items.clear(),
    getItem: (key) => items.get(key) ?? null,
    key: (index) => [...items.keys()][index] ?? null,
    removeItem: (key) => void items.delete(key),
    setItem: (key, value) => void items.set(key, value),
  };
}

/** What a tab hears when another has changed a key; null when everything was cleared. */
export function storageEvent(key: string | null): Event {
  return Object.assign(new Event("storage"), { key });
}
