/** As Node has it: called once, with an error or nothing. */
export type Callback = (error?: unknown) => void;

/**
 * Calls back outside the promise, so that a callback which throws is neither taken for a failure
 * nor called again. Where there is no callback, `untold` hears of the failure. Never rejects.
 */
export function callBack(
  work: Promise<unknown>,
  callback: Callback | undefined,
  untold: (error: unknown) => void,
): Promise<void> {
  return work.then(
    () => {
      if (callback) process.nextTick(callback);
    },
    (error: unknown) => {
      if (callback) process.nextTick(callback, error);
      else untold(error);
    },
  );
}
