import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import type { SessionStore } from '../../src/core/session-store.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { someSettings } from '../../src/testing/builders.js';
import { eventually } from '../support/eventually.js';
import { askStore, takeEvents } from './ask-store.js';
import { batches, SHARDS, type Batch } from './commands.js';
import { Possibilities } from './possibilities.js';
import { Steps, type Step } from './steps.js';

const YEAR_MS = 365 * 24 * 3_600_000;
/** A machine that is busy is no reason to fail. */
const PATIENCE_MS = 60_000;

/** An empty store for one sequence; not started. */
export interface EmptyStore {
  readonly store: SessionStore;
  /** Removes what it stored. */
  readonly drop: () => Promise<void>;
}

export type OpenEmptyStore = (shards: number) => Promise<EmptyStore>;

export interface CheckParameters {
  readonly runs: number;
  readonly seed?: number;
}

/** Runs sequences of commands, and shrinks one that the model cannot explain. @throws Error with it */
export async function checkAgainstModel(
  open: OpenEmptyStore,
  { runs, seed }: CheckParameters,
): Promise<void> {
  const property = fc.asyncProperty(batches, (sequence) => runSequence(open, sequence));
  await fc.assert(property, { numRuns: runs, ...(seed !== undefined && { seed }) });
}

async function runSequence(open: OpenEmptyStore, sequence: readonly Batch[]): Promise<void> {
  const clock = new FakeClock();
  const { store, drop } = await open(SHARDS);
  await store.start(someSettings({ clock, tombstoneTtlMs: YEAR_MS, storeTimeoutMs: PATIENCE_MS }));
  try {
    await eventually(async () => (await store.health()).available);
    const steps = new Steps();
    const possibilities = new Possibilities();
    for (const { passMinutes, commands, twice } of sequence) {
      clock.advance(`${passMinutes}m`);
      const taken = steps.of(commands, clock.now());
      const answers = await Promise.all(taken.map((step) => ask(store, step, twice)));
      possibilities.observe({
        steps: taken,
        answers: answers.map(asPlain),
        events: await takeEvents(store),
      });
      noteTokens(steps, taken, answers);
    }
  } finally {
    await store.close();
    await drop();
  }
}

const isRead = ({ kind }: Step): boolean => kind === 'find' || kind === 'list';

/** Sent twice, a change has effect once and answers the same both times. */
async function ask(store: SessionStore, step: Step, twice: boolean): Promise<unknown> {
  if (!twice || isRead(step)) return askStore(store, step);
  const [first, second] = await Promise.all([askStore(store, step), askStore(store, step)]);
  if (!isDeepStrictEqual(first, second))
    throw new Error(`Sent twice: ${JSON.stringify({ step, first, second })}`);
  return first;
}

/** A copy whose objects are this realm's, as those of the model are: the equality looks at that too. */
const asPlain = (answer: unknown): unknown =>
  answer === undefined ? undefined : (JSON.parse(JSON.stringify(answer)) as unknown);

function noteTokens(steps: Steps, taken: readonly Step[], answers: readonly unknown[]): void {
  for (const [index, step] of taken.entries()) {
    if (step.kind !== 'rotate') continue;
    const { result } = answers[index] as { readonly result: string };
    if (result === 'rotated') steps.note(step.request);
  }
}
