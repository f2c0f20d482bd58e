export interface RoundsSetting {
  readonly rounds: number;
  /** That are made even where the time is over. */
  readonly fewest: number;
  /** After this time no further round begins. */
  readonly budgetMs: number;
}

/**
 * Measures all, round after round, each in its turn: the order is reversed every other round, so
 * that what changes with time on the machine meets all of them alike.
 */
export async function interleave<Key extends { readonly row: { readonly name: string } }, Result>(
  contestants: readonly Key[],
  { rounds, fewest, budgetMs }: RoundsSetting,
  measure: (contestant: Key) => Promise<Result>,
): Promise<ReadonlyMap<string, readonly Result[]>> {
  const began = performance.now();
  const results = new Map<string, Result[]>();
  for (let round = 0; round < rounds; round += 1) {
    if (round >= fewest && performance.now() - began > budgetMs) break;
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const contestant of order) {
      const { name } = contestant.row;
      const result = await measure(contestant).catch((error: unknown) => {
        throw new Error(`The row "${name}" failed`, { cause: error });
      });
      results.set(name, [...(results.get(name) ?? []), result]);
    }
  }
  return results;
}
