import { setTimeout as pause } from 'node:timers/promises';
import type { SessionId } from 'nestjs-gatehouse';
import { Browser } from '../support/browser.js';
import type { LiveNode } from './live-node.js';
import { STRAGGLER_WINDOW_MS, type BriefLife } from './node-protocol.js';

/** A session as the browser has it that opened it. */
export interface Opened {
  readonly browser: Browser;
  readonly userId: string;
  readonly id: SessionId;
  /** By `performance.now()`. */
  readonly openedAt: number;
}

export interface Ending {
  readonly name: string;
  /** What the holder is told. */
  readonly reason: string;
  readonly application: 'accounts' | 'sleepy' | 'brief';
  /** Ends it, and tells the instant from which the connections are late. */
  end(node: LiveNode, opened: Opened): Promise<number>;
}

let users = 0;

export async function open(node: LiveNode, application: Ending['application']): Promise<Opened> {
  const userId = `user-${process.pid}-${++users}`;
  const browser = new Browser(node.urls[application]);
  const openedAt = performance.now();
  const answer = await browser.post(`/login?user=${userId}`);
  return { browser, userId, openedAt, id: answer.json<{ id: SessionId }>().id };
}

async function at(work: () => Promise<unknown>): Promise<number> {
  const instant = performance.now();
  await work();
  return instant;
}

/** By somebody, at once. */
export const PROMPT_ENDINGS: readonly Ending[] = [
  {
    name: 'logout',
    reason: 'logout',
    application: 'accounts',
    end: (_, { browser }) => at(() => browser.post('/logout')),
  },
  {
    name: 'revoke',
    reason: 'ended-by-operator',
    application: 'accounts',
    end: (node, { id }) => at(() => node.tell('revoke', id)),
  },
  {
    name: 'block',
    reason: 'account-disabled',
    application: 'accounts',
    end: (node, { userId }) => at(() => node.tell('disable', { tenantId: '', userId })),
  },
  {
    name: 'evict',
    reason: 'session-limit',
    application: 'accounts',
    end: async ({ urls }, { userId }) => {
      await new Browser(urls.accounts).post(`/login?user=${userId}`);
      return at(() => new Browser(urls.accounts).post(`/login?user=${userId}`));
    },
  },
];

/** Those that have to be waited for. */
export const slowEndings = ({ idleMs, absoluteMs }: BriefLife): readonly Ending[] => [
  {
    name: 'reuse',
    reason: 'token-reused',
    application: 'accounts',
    end: async (_, { browser }) => {
      const stolen = browser.copy();
      await browser.post('/rotate');
      await pause(STRAGGLER_WINDOW_MS + 100);
      return at(() => stolen.get('/data'));
    },
  },
  {
    name: 'idle',
    reason: 'idle',
    application: 'sleepy',
    end: async (_, { openedAt }) => openedAt + idleMs,
  },
  {
    name: 'absolute',
    reason: 'absolute',
    application: 'brief',
    end: async (_, { browser, openedAt }) => {
      // Or it would be asleep before.
      const visitAt = openedAt + absoluteMs - idleMs + AWAKE_MARGIN_MS;
      await pause(visitAt - performance.now());
      await browser.get('/data');
      return openedAt + absoluteMs;
    },
  },
];

/** For how long a session would be awake beyond its absolute timeout. */
const AWAKE_MARGIN_MS = 500;

/** Ends everything of everybody, so nothing else may go on beside it. */
export const EPOCH: Ending = {
  name: 'epoch',
  reason: 'all-revoked',
  application: 'accounts',
  end: (node) => at(() => node.tell('revokeEverything')),
};
