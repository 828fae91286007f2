import { readdir, readFile } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Descriptors, ProcessMeter } from "./vital-signs.ts";

/** Measures this process. Without effect on how long it lives. */
export function openProcessMeter(platform: NodeJS.Platform = process.platform): ProcessMeter {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  return {
    lagMs: () => {
      // What it records is the time between two ticks, which are `resolutionMs` apart where nothing delays them.
      const lagMs = delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e6 - resolutionMs);
      delay.reset();
      return lagMs;
    },
    descriptors: async () => (platform === "linux" ? readDescriptors() : undefined),
    close: () => void delay.disable(),
  };
}

const resolutionMs = 20;

/**
 * Linux has what a process holds, and may hold, as files. Elsewhere there is neither without starting another program,
 * which a gateway does not do.
 */
async function readDescriptors(): Promise<Descriptors | undefined> {
  const [held, limits] = await Promise.all([readdir("/proc/self/fd"), readFile("/proc/self/limits", "utf8")]);
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  // One of them is the folder itself, being read. `unlimited` is no number, and no limit to come near to.
  return soft === undefined ? undefined : { open: held.length - 1, limit: Number(soft) };
}
