import { within } from '../core/within.js';

/** Waits until the work has ended, well or not, but no longer than that. */
export async function endOf(work: Promise<unknown>, boundMs: number): Promise<void> {
  await Promise.allSettled([within(boundMs, work)]);
}

/** Maps with at most `width` calls under way, and rejects with the first that fails. */
export async function mapBounded<Item, Result>(
  items: Iterable<Item>,
  width: number,
  map: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const rest = [...items].entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}
