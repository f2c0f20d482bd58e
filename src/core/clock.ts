/** Where the library reads the time. Tests move it; nothing here ever sleeps. */
export interface Clock {
  /** Milliseconds since 1970, whole. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
