import type { SessionId } from '../../core/ids.js';
import type { CreationPoint, EndedSession, OutboxState } from '../../core/session-store.js';
import { bytesOf, integerOf, listOf, pairsOf, statusOf, textOf, type Reply } from './reply.js';
import { outboxEntryOf } from './outbox-entry.js';
import { endingsIn } from './push-message.js';
import { defineScript, type Script } from './script.js';

/** Redis did not get to the operation before its deadline, and left it undone. */
class OperationLateError extends Error {
  override readonly name = 'OperationLateError';
}

/** What every changing script is given before its own. */
const CHANGE_KEYS = ['marker', 'epoch', 'expiry', 'created', 'outbox', 'outboxBytes'] as const;
const CHANGE_ARGUMENTS = [
  'shardPrefix',
  'eventId',
  'now',
  'deadline',
  'initiator',
  'context',
  'tombstoneTtl',
  'audit',
  'push',
] as const;
export type ChangeKey = (typeof CHANGE_KEYS)[number];
export type ChangeArgument = (typeof CHANGE_ARGUMENTS)[number];

/** A script of one operation, which `includes/operation.lua` keeps from happening twice or late. */
export interface ChangeScript<Key extends string, Argument extends string, Result> extends Script<
  ChangeKey | Key,
  ChangeArgument | Argument,
  Result
> {
  readonly told: (result: Result) => Told;
}

/** What others were told of: endings, a change of the session it was run for, or of the whole shard. */
export type Told = readonly EndedSession[] | 'itself' | 'shard';

interface ChangeDefinition<Key, Argument, Status, Result> {
  readonly keys?: readonly Key[];
  readonly args?: readonly Argument[];
  readonly statuses: readonly Status[];
  readonly decode: (status: Status, details: readonly Reply[]) => Result;
  /** Default: of nothing. */
  readonly told?: ChangeScript<never, never, Result>['told'];
}

function defineChange<
  Status extends string,
  Result,
  Key extends string = never,
  Argument extends string = never,
>(
  name: string,
  definition: ChangeDefinition<Key, Argument, Status, Result>,
): ChangeScript<Key, Argument, Result> {
  const { keys = [], args = [], statuses, decode, told = () => [] } = definition;
  const script = defineScript(name, {
    keys: [...CHANGE_KEYS, ...keys],
    args: [...CHANGE_ARGUMENTS, ...args],
    decode: (reply) => {
      const [first, ...details] = listOf(reply);
      const status = statusOf(first, ['late', ...statuses]);
      if (status === 'late') throw new OperationLateError('The deadline has passed');
      return decode(status as Status, details);
    },
  });
  return { ...script, told };
}

const statusAlone = <Status>(status: Status): Status => status;
const nothing = (): void => undefined;
const itselfIf = (changed: boolean): Told => (changed ? 'itself' : []);

export const create = defineChange('create', {
  args: ['id', 'session', 'max', 'onLimit', 'eventType', 'outboxMaxBytes', 'adminIndex'],
  statuses: ['created', 'limit-reached', 'blocked', 'taken', 'backlog'],
  decode: (result, details) => {
    switch (result) {
      case 'created':
        return { result, session: bytesOf(details[0]), ended: endedOf(details[1]) };
      case 'limit-reached':
        return { result, ended: endedOf(details[0]) };
      case 'blocked':
        return { result, until: integerOf(details[0]) };
      default:
        return { result };
    }
  },
  told: ({ ended = [] }) => ended,
});

export const save = defineChange('save', {
  args: ['id', 'set', 'remove', 'ifVersion', 'activity', 'maxDataBytes'],
  statuses: ['saved', 'too-large', 'conflict', 'gone'],
  decode: (result, [number]) => {
    switch (result) {
      case 'saved':
        return { result, version: integerOf(number) };
      case 'too-large':
        return { result, bytes: integerOf(number) };
      default:
        return { result };
    }
  },
  told: ({ result }) => itselfIf(result === 'saved'),
});

export const touch = defineChange('touch', {
  args: ['id'],
  statuses: ['touched', 'gone'],
  decode: statusAlone,
});

export const rotate = defineChange('rotate', {
  args: ['id', 'from', 'to', 'kind', 'replaceUnconfirmed', 'absoluteExpiresAt', 'methods'],
  statuses: ['rotated', 'lost', 'gone'],
  decode: (result, [session]) =>
    result === 'gone' ? { result } : { result, session: bytesOf(session) },
  told: ({ result }) => itselfIf(result === 'rotated'),
});

export const confirm = defineChange('confirm', {
  args: ['id', 'token'],
  statuses: ['confirmed', 'lost', 'gone'],
  decode: (status) => status,
  told: (result) => itselfIf(result === 'confirmed'),
});

export const revoke = defineChange('revoke', {
  args: ['id', 'reason', 'eventType', 'only'],
  statuses: ['revoked', 'gone'],
  decode: (result, [session]) =>
    result === 'gone' ? { result } : { result, session: bytesOf(session) },
  told: ({ result }) => itselfIf(result === 'revoked'),
});

export const revokeAll = defineChange('revoke-all', {
  keys: ['userIndex'],
  args: ['reason', 'except', 'before'],
  statuses: ['done'],
  decode: (_, [ended]) => endedOf(ended),
  told: (ended) => ended,
});

export const sweep = defineChange('sweep', {
  args: ['budget'],
  statuses: ['done'],
  decode: (_, [ended, due]) => ({ ended: endedOf(ended), more: integerOf(due) > 0 }),
  told: ({ ended }) => ended,
});

export const block = defineChange('block', {
  keys: ['block'],
  args: ['until', 'tenantId', 'userId'],
  statuses: ['done'],
  decode: nothing,
});

export const revokeEverything = defineChange('revoke-everything', {
  statuses: ['done'],
  decode: nothing,
  told: () => 'shard',
});

export const append = defineChange('append', {
  args: ['type', 'subject', 'outboxMaxBytes'],
  statuses: ['recorded', 'dropped'],
  decode: (status) => status === 'recorded',
});

export const acknowledge = defineScript('acknowledge', {
  keys: ['outbox', 'outboxBytes'],
  args: ['entries'],
  decode: nothing,
});

export const outboxState = defineScript('outbox-state', {
  keys: ['outbox', 'outboxBytes'],
  args: [],
  decode: (reply): OutboxState => {
    const [entries, bytes, oldest] = listOf(reply);
    return { entries: integerOf(entries), bytes: integerOf(bytes), ...oldestAtOf(oldest) };
  },
});

export const anchor = defineScript('anchor', {
  keys: ['anchor'],
  args: ['from', 'to'],
  decode: (reply) => integerOf(reply) === 1,
});

export const list = defineScript('list', {
  keys: ['epoch', 'userIndex', 'created'],
  args: ['shardPrefix', 'now', 'limit', 'fromCreatedAt', 'fromId'],
  decode: (reply) =>
    pairsOf(reply).map(([id, session]) => ({
      id: textOf(id) as SessionId,
      session: bytesOf(session),
    })),
});

export const listCreated = defineScript('list-created', {
  keys: ['created'],
  args: ['limit', 'fromCreatedAt', 'fromId'],
  decode: (reply): readonly CreationPoint[] =>
    pairsOf(reply).map(([id, createdAt]) => ({
      createdAt: integerOf(createdAt),
      id: textOf(id) as SessionId,
    })),
});

export const lease = defineScript('lease', {
  keys: ['lease'],
  args: ['holder', 'ttl'],
  decode: (reply) => integerOf(reply) === 1,
});

export const note = defineScript('note', {
  keys: ['note'],
  args: ['text', 'ttl'],
  decode: nothing,
});

export const count = defineScript('count', {
  keys: ['counter'],
  args: ['points', 'seconds'],
  decode: (reply): readonly [count: number, resetsInMs: number] => {
    const [events, resetsInMs] = listOf(reply);
    return [integerOf(events), integerOf(resetsInMs)];
  },
});

export const claimLayout = defineScript('claim-layout', {
  keys: ['meta'],
  args: ['layout', 'shards'],
  decode: (reply) => {
    const [layout, shards] = listOf(reply);
    return { layout: integerOf(layout), shards: integerOf(shards) };
  },
});

const oldestAtOf = (oldest: Reply | undefined): Pick<OutboxState, 'oldestAt'> => {
  const [entry] = listOf(oldest);
  return entry === undefined ? {} : { oldestAt: outboxEntryOf(entry).event.occurredAt };
};

const endedOf = (reply: Reply | undefined): readonly EndedSession[] => endingsIn(bytesOf(reply));
