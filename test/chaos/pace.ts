/** How long and how hard the applications are treated. */
export interface Pace {
  /** Traffic before a fault, and after the recovery from it. */
  readonly calmMs: number;
  readonly redisOutageMs: number;
  readonly sqlOutageMs: number;
  /** Kills of an application, one after the other. */
  readonly applicationKills: number;
  readonly workers: number;
  readonly pauseMs: number;
  /** The option `storeTimeout` of the applications. */
  readonly storeTimeoutMs: number;
  /** What an answer may take beyond that, on a machine that is busy with all of this. */
  readonly allowanceMs: number;
}

/** Every fault in less than a minute. */
export const QUICK: Pace = {
  calmMs: 500,
  redisOutageMs: 2_000,
  sqlOutageMs: 2_000,
  applicationKills: 2,
  workers: 4,
  pauseMs: 100,
  storeTimeoutMs: 1_000,
  allowanceMs: 1_500,
};

export const LONG: Pace = {
  calmMs: 3_000,
  redisOutageMs: 5_000,
  sqlOutageMs: 60_000,
  applicationKills: 10,
  workers: 8,
  pauseMs: 50,
  storeTimeoutMs: 2_000,
  allowanceMs: 1_500,
};
