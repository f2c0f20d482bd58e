/** As Node has it: called once, with an error or nothing. */
export type Callback = (error?: unknown) => void;

/**
 * Calls back outside the promise, so that a callback which throws is neither taken for a failure
 * nor called again. Never rejects.
 */
export const callBack = (work: Promise<unknown>, callback: Callback): Promise<void> =>
  work.then(
    () => process.nextTick(callback),
    (error: unknown) => process.nextTick(callback, error),
  );
