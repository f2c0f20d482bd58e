import type { EndedSession, StoreMessage } from '../../core/session-store.js';
import { StoreWatchers } from '../../core/live/store-watchers.js';
import type { User } from '../../core/user.js';
import type { Steps } from './database.js';
import { sql } from './sql.js';

/** How a change is told to those who watch. */
export interface Push {
  readonly watchers: StoreWatchers;
  /** The part of the transaction that makes it known. */
  send(messages: readonly StoreMessage[]): Steps<void>;
  /** The transaction has been committed. */
  committed(messages: readonly StoreMessage[]): void;
}

/** Tells this process alone, for databases that have no messages. */
export function localPush(): Push {
  const watchers = new StoreWatchers('local');
  return {
    watchers,
    *send() {},
    committed: (messages) => messages.forEach((message) => watchers.tell(message)),
  };
}

/** A notification holds less than 8000 bytes; what surrounds the endings is less than this margin. */
const MAX_ENDINGS_BYTES = 7_900;

/** What is sent to PostgreSQL's `channel`, and with it committed or not at all. */
export function* notify(channel: string, messages: readonly StoreMessage[]): Steps<void> {
  for (const payload of messages.flatMap(payloadsOf))
    yield sql`select pg_notify(${channel}, ${payload})`;
}

/** @returns undefined for what is no message of ours: whoever is in the database can send anything */
export function messageIn(payload: string): StoreMessage | undefined {
  try {
    const message: unknown = JSON.parse(payload);
    return isMessage(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is StoreMessage {
  const { type, endings, shard } = Object(value) as Readonly<Record<string, unknown>>;
  if (type === 'epoch') return Number.isSafeInteger(shard);
  return type === 'ended' && Array.isArray(endings) && endings.every(isEnding);
}

function isEnding(value: unknown): value is EndedSession {
  const { id, user, state, reason } = Object(value) as Readonly<Record<string, unknown>>;
  const { tenantId, userId } = Object(user ?? { tenantId: '', userId: '' }) as Partial<User>;
  return [id, state, reason, tenantId, userId].every((text) => typeof text === 'string');
}

function payloadsOf(message: StoreMessage): readonly string[] {
  if (message.type !== 'ended') return [JSON.stringify(message)];
  return fitting(message.endings).map((endings) => JSON.stringify({ ...message, endings }));
}

function fitting(endings: readonly EndedSession[]): readonly (readonly EndedSession[])[] {
  const groups: EndedSession[][] = [];
  let room = 0;
  for (const ending of endings) {
    const bytes = Buffer.byteLength(JSON.stringify(ending)) + 1;
    if (bytes > room) {
      groups.push([]);
      room = MAX_ENDINGS_BYTES;
    }
    groups.at(-1)!.push(ending);
    room -= bytes;
  }
  return groups;
}
