import { isDeepStrictEqual } from 'node:util';
import type { AuditEvent } from '../../src/core/audit/audit-event.js';
import { ReferenceModel } from './reference-model.js';
import type { Step } from './steps.js';

/** Everything that was seen of steps that were taken at once. */
export interface Observation {
  readonly steps: readonly Step[];
  /** In the order of the steps. */
  readonly answers: readonly unknown[];
  /** By shard, in the order of the outbox. */
  readonly events: readonly (readonly AuditEvent[])[];
}

/**
 * Every state that a store may be in, given what was seen of it. Of steps taken at once each order
 * is possible that explains all answers and all events; if none does, they were not atomic.
 */
export class Possibilities {
  private models: readonly ReferenceModel[] = [new ReferenceModel()];

  /** @throws Error if no order of the steps explains what was seen */
  observe(seen: Observation): void {
    const explanations = this.models.flatMap((model) => explanationsOf(model, seen));
    if (explanations.length === 0) throw new Error(this.complaint(seen));
    this.models = explanations.filter(
      (one, index) => explanations.findIndex((other) => isDeepStrictEqual(one, other)) === index,
    );
  }

  private complaint({ steps, answers, events }: Observation): string {
    const model = this.models[0]!.copy();
    const expected = steps.map((step) => model.apply(step));
    const inWords = (value: unknown): string => JSON.stringify(value, undefined, 2);
    return [
      'No order of these steps explains what was seen.',
      `Steps: ${inWords(steps)}`,
      `Answers: ${inWords(answers)}`,
      `Events: ${inWords(events)}`,
      `In the order as given the answers were to be: ${inWords(expected)}`,
      `and the events: ${inWords(model.events)}`,
    ].join('\n');
  }
}

function explanationsOf(model: ReferenceModel, seen: Observation): ReferenceModel[] {
  const indexes = seen.steps.map((_, index) => index);
  return ordersOf(indexes).flatMap((order) => {
    const explained = model.copy();
    const agrees = order.every((index) =>
      isDeepStrictEqual(explained.apply(seen.steps[index]!), seen.answers[index]),
    );
    if (!agrees || !sameEvents(explained.events, seen.events)) return [];
    return [explained.copy()];
  });
}

function ordersOf(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) =>
    ordersOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
  );
}

const sameEvents = (left: Observation['events'], right: Observation['events']): boolean =>
  isDeepStrictEqual(left.map(inGroups), right.map(inGroups));

/** The events of one operation are one change, and have no order among themselves. */
function inGroups(events: readonly AuditEvent[]): AuditEvent[][] {
  const groups: AuditEvent[][] = [];
  for (const event of events) {
    const group = groups.at(-1);
    if (group && operationOf(group[0]!) === operationOf(event)) group.push(event);
    else groups.push([event]);
  }
  return groups.map((group) =>
    group.toSorted((left, right) => (left.eventId < right.eventId ? -1 : 1)),
  );
}

const operationOf = ({ eventId }: AuditEvent): string => eventId.split('.')[0]!;
