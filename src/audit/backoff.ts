const FIRST_MS = 250;
const MOST_MS = 10_000;

/** How long to wait after that many failures in a row: doubling, bounded, and jittered by half. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const full = Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.round(full * (0.5 + random() / 2));
}
