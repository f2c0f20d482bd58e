import type { SessionId, SessionService } from '../../src/index.js';
import type { SessionCore } from '../../src/core/session-core.js';
import type { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser } from './browser.js';

/** A node that ends a session, and the clock of all nodes. */
export interface EndingNode {
  readonly url: string;
  readonly sessions: SessionService;
  readonly core: SessionCore;
  readonly clock: FakeClock;
}

export interface SignedIn {
  readonly browser: Browser;
  readonly id: SessionId;
  readonly userId: string;
}

/** What the holder of the session is told, and what makes it so. */
export interface WayToEnd {
  readonly name: string;
  readonly told: { readonly state: string; readonly reason: string };
  end(node: EndingNode, signedIn: SignedIn): Promise<unknown>;
}

export async function signInAt(url: string, userId: string): Promise<SignedIn> {
  const browser = new Browser(url);
  const answer = await browser.post(`/login?user=${userId}`);
  return { browser, userId, id: answer.json<{ id: SessionId }>().id };
}

/** Every kind of ending; the options that they need are `WAYS_OPTIONS`. */
export const WAYS_TO_END: readonly WayToEnd[] = [
  {
    name: 'logout',
    told: { state: 'revoked', reason: 'logout' },
    end: (_, { browser }) => browser.post('/logout'),
  },
  {
    name: 'revocation',
    told: { state: 'revoked', reason: 'ended-by-operator' },
    end: ({ sessions }, { id }) => sessions.revoke(id, { reason: 'ended-by-operator' }),
  },
  {
    name: 'disabled account',
    told: { state: 'revoked', reason: 'account-disabled' },
    end: ({ sessions }, { userId }) => sessions.disableUser({ tenantId: '', userId }),
  },
  {
    name: 'eviction',
    told: { state: 'evicted', reason: 'session-limit' },
    end: async ({ url, clock }, { userId }) => {
      clock.advance(1);
      await signInAt(url, userId);
      await signInAt(url, userId);
    },
  },
  {
    name: 'idle timeout',
    told: { state: 'expired', reason: 'idle' },
    end: async ({ core, clock }) => {
      clock.advance('30m');
      await core.sweeper.sweep();
    },
  },
  {
    name: 'absolute timeout',
    told: { state: 'expired', reason: 'absolute' },
    end: async ({ core, clock }, { browser }) => {
      for (let visits = 0; visits < 3; visits += 1) {
        clock.advance('20m');
        await browser.get('/data');
      }
      await core.sweeper.sweep();
    },
  },
  {
    name: 'reuse of an old token',
    told: { state: 'revoked', reason: 'token-reused' },
    end: async ({ clock }, { browser }) => {
      const stolen = browser.copy();
      await browser.post('/rotate');
      clock.advance('2m');
      await stolen.get('/data');
    },
  },
  {
    name: 'epoch',
    told: { state: 'revoked', reason: 'all-revoked' },
    end: ({ sessions }) => sessions.revokeEverything({ reason: 'breach' }),
  },
];

export const WAYS_OPTIONS = {
  idleTimeout: '30m',
  absoluteTimeout: '1h',
  touchInterval: '1m',
  maxSessionsPerUser: 2,
} as const;
