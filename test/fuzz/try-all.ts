import fc from 'fast-check';
import type { Domain, Trial } from './domain.js';
import { openWorld } from './world.js';

export interface Outcome {
  readonly name: string;
  readonly cases: number;
  readonly seconds: number;
  /** The smallest input found that breaks a promise, and how. */
  readonly failure?: string;
}

/** Tries domain after domain; one that fails does not keep the others from being tried. */
export async function tryAll(
  domains: readonly Domain[],
  { seed, cases }: { readonly seed: number; readonly cases: number },
  tell: (outcome: Outcome) => void,
): Promise<readonly Outcome[]> {
  const world = await openWorld();
  const weights = domains.reduce((sum, { weight }) => sum + weight, 0);
  const outcomes: Outcome[] = [];
  for (const domain of domains) {
    const numRuns = Math.ceil((cases * domain.weight) / weights);
    const outcome = await tryDomain(domain, () => domain.open(world), { seed, numRuns });
    tell(outcome);
    outcomes.push(outcome);
  }
  await world.close();
  return outcomes;
}

async function tryDomain(
  { name }: Domain,
  open: () => Promise<Trial>,
  parameters: { readonly seed: number; readonly numRuns: number },
): Promise<Outcome> {
  const startedAt = performance.now();
  const trial = await open();
  const details = await trial.check(parameters);
  const failure = details.failed
    ? `${String(details.errorInstance)}\n${fc.defaultReportMessage(details)}`
    : await trial.conclude?.().then(() => undefined, String);
  await trial.close?.();
  const seconds = (performance.now() - startedAt) / 1_000;
  return { name, cases: details.numRuns, seconds, ...(failure !== undefined && { failure }) };
}
