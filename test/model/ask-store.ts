import type { AuditEvent } from '../../src/core/audit/audit-event.js';
import type { EndedSession, SessionStore } from '../../src/core/session-store.js';
import { SHARDS } from './commands.js';
import type { Step } from './steps.js';

const EVERYTHING = 1_000;

/** What a step came to, in a form that the model answers in too. Ended sessions are by id. */
export async function askStore(store: SessionStore, step: Step): Promise<unknown> {
  const { operation } = step;
  switch (step.kind) {
    case 'create': {
      const answer = await store.create(step.request, operation);
      return 'ended' in answer ? { ...answer, ended: byId(answer.ended) } : answer;
    }
    case 'find':
      return store.find(step.id);
    case 'list':
      return (await store.list(step.user, { limit: EVERYTHING }, operation.now)).items;
    case 'save':
      return store.save(step.request, operation);
    case 'touch':
      return store.touch(step.id, operation);
    case 'rotate':
      return store.rotate(step.request, operation);
    case 'confirm':
      return store.confirm(step.id, step.token, operation);
    case 'revoke':
      return store.revoke(step.request, operation);
    case 'revokeAll':
      return byId(await store.revokeAll(step.request, operation));
    case 'block':
      return store.block(step.user, step.until, operation);
    case 'revokeEverything':
      return store.revokeEverything(step.shard, operation);
    case 'sweep': {
      const { ended, more } = await store.sweep(step.shard, EVERYTHING, operation);
      return { ended: byId(ended), more };
    }
  }
}

const byId = (ended: readonly EndedSession[]): EndedSession[] =>
  ended.toSorted((left, right) => (left.id < right.id ? -1 : 1));

/** Takes what waits in the outboxes, by shard. */
export async function takeEvents(store: SessionStore): Promise<readonly AuditEvent[][]> {
  const events: AuditEvent[][] = [];
  for (let shard = 0; shard < SHARDS; shard += 1) {
    const entries = await store.readOutbox(shard, EVERYTHING);
    const keys = entries.map(({ key }) => key);
    if (keys.length > 0) await store.acknowledge(shard, keys);
    events.push(entries.map(({ event }) => event));
  }
  return events;
}
