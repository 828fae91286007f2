import { lockFile } from "../../file-lock.ts";
import { AuditError, unavailable } from "../audit-error.ts";

/**
 * Takes the lock of the log at `path`.
 *
 * @throws AuditError `audit-locked` while another holds it, `audit-unavailable` when the lock file cannot be opened
 */
export function lockLog(path: string): Disposable {
  let lock: Disposable | undefined;
  try {
    lock = lockFile(path);
  } catch (error) {
    throw unavailable("lock", path, error);
  }
  if (lock !== undefined) return lock;
  const advice = "stop that process, or give this one a file of its own";
  throw new AuditError("audit-locked", `${path} is being written by another process: ${advice}`);
}
