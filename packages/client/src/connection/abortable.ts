/**
 * Waits for a promise until the signal is aborted, then rejects with the signal's reason; the promise goes on by itself,
 * and a failure nobody waits for any more is silent.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  return Promise.race([promise, aborted.promise]).finally(() => signal.removeEventListener("abort", abort));
}
