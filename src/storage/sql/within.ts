const MAX_TIMER_MS = 2 ** 31 - 1;

/** Rejects with what `onTimeout` returns unless `work` has settled after `budgetMs`. */
export function within<Result>(
  budgetMs: number,
  work: Promise<Result>,
  onTimeout: () => Error,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(onTimeout()), Math.min(budgetMs, MAX_TIMER_MS));
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
