import type { ScanReport } from "../scan.ts";

/** The report as one JSON document, without a line break; what strangers wrote is in it as it came, escaped by JSON. */
export function jsonReport(report: ScanReport): string {
  return JSON.stringify(report);
}
