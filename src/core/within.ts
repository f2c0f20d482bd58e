/** The longest wait that a timer knows. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const noAnswerWithin = (budgetMs: number): Error => new Error(`No answer within ${budgetMs} ms`);

/**
 * Waits for `work` for so long and no longer; then rejects with what `onTimeout` answers. The work
 * itself goes on, and nobody hears of how it ends.
 */
export function within<Result>(
  budgetMs: number,
  work: Promise<Result>,
  onTimeout: () => Error = () => noAnswerWithin(budgetMs),
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(onTimeout()), Math.min(budgetMs, MAX_TIMER_MS));
    work.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: Error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
