type Body<Argument extends readonly unknown[]> = (...args: Argument) => void | Promise<void>;

/** What a matcher answers: nothing, or a promise of it where the value is one of a promise. */
interface Matchers<Answer> {
  readonly not: Matchers<Answer>;
  readonly toBe: (expected: unknown) => Answer;
  readonly toBeGreaterThan: (expected: number) => Answer;
  readonly toBeGreaterThanOrEqual: (expected: number) => Answer;
  readonly toBeLessThanOrEqual: (expected: number) => Answer;
  readonly toBeUndefined: () => Answer;
  readonly toContain: (item: unknown) => Answer;
  readonly toContainEqual: (item: unknown) => Answer;
  readonly toEqual: (expected: unknown) => Answer;
  readonly toHaveLength: (expected: number) => Answer;
  readonly toHaveProperty: (name: string) => Answer;
  readonly toMatchObject: (expected: object) => Answer;
  readonly toThrow: () => Answer;
}

interface Expectation extends Matchers<void> {
  readonly rejects: Matchers<Promise<void>>;
}

interface Expect {
  (value: unknown): Expectation;
  readonly any: (type: unknown) => unknown;
  readonly arrayContaining: (items: readonly unknown[]) => unknown;
  readonly objectContaining: (properties: object) => unknown;
}

interface It {
  (name: string, body: Body<[]>): void;
  readonly each: <Case>(cases: readonly Case[]) => (name: string, body: Body<[Case]>) => void;
}

/** The part of the test runner that the suite uses; typed here, so that none has to be installed. */
interface Runner {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: It;
  readonly expect: Expect;
  readonly beforeEach: (body: Body<[]>) => void;
  readonly afterEach: (body: Body<[]>) => void;
}

/*
 * The globals of the runner that loads this file: Jest, or one that has the same (Vitest with
 * `globals: true`).
 */
export const { describe, it, expect, beforeEach, afterEach } = globalThis as unknown as Runner;
