import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createAdapter } from '@socket.io/redis-adapter';
import type { Redis } from 'ioredis';
import { SessionIoAdapter } from 'nestjs-gatehouse/socket.io';
import type { SessionId, User } from '../../src/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { PLATFORMS, startSocketNode, type SocketNode } from '../support/live-sockets.js';
import { freshPrefix, openRedis } from '../support/servers.js';

const OPTIONS = { idleTimeout: '30m', absoluteTimeout: '12h', maxSessionsPerUser: 2 } as const;
const ADMIN = { reason: 'ended-by-operator' };

interface SignedIn {
  readonly browser: Browser;
  readonly id: SessionId;
  readonly user: User;
}

describe.each(PLATFORMS)('an ending on one node of Redis', ({ name, adapter, connect }) => {
  const clock = new FakeClock();
  const clients: Redis[] = [];
  const prefix = freshPrefix();
  let left: SocketNode;
  let right: SocketNode;
  /** A node that no message reaches. */
  let deaf: SocketNode;

  const openClient = (): Redis => {
    const client = openRedis();
    clients.push(client);
    return client;
  };

  /** As the documentation of Socket.IO has it; ws has nothing of the kind. */
  class ClusteredAdapter extends SessionIoAdapter {
    override createIOServer(
      ...args: Parameters<SessionIoAdapter['createIOServer']>
    ): ReturnType<SessionIoAdapter['createIOServer']> {
      const server = super.createIOServer(...args);
      server.adapter(createAdapter(openClient(), openClient(), { key: prefix }));
      return server;
    }
  }

  const startNode = (push: boolean): Promise<SocketNode> =>
    startSocketNode(
      redisStore(openClient(), { prefix, push }),
      (app: NestExpressApplication) =>
        name === 'Socket.IO' ? new ClusteredAdapter(app) : adapter(app),
      { ...OPTIONS, clock },
    );

  beforeAll(async () => {
    left = await startNode(true);
    right = await startNode(true);
    deaf = await startNode(false);
  });

  afterEach(async () => {
    await eventually(async () =>
      [left, right, deaf].every(
        ({ core, log }) => core.live.count() === 0 && log.connected === log.disconnected,
      ),
    );
  });

  afterAll(async () => {
    await Promise.all([left, right, deaf].map((node) => node.close()));
    clients.forEach((client) => client.disconnect());
  });

  let users = 0;
  async function signIn(): Promise<SignedIn> {
    const user = { tenantId: '', userId: `user-${++users}` };
    const browser = new Browser(left.url);
    const answer = await browser.post(`/login?user=${user.userId}`);
    return { browser, user, id: answer.json<{ id: SessionId }>().id };
  }

  const WAYS = [
    {
      way: 'logout',
      reason: 'logout',
      end: ({ browser }: SignedIn) => browser.post('/logout'),
    },
    {
      way: 'revocation',
      reason: 'ended-by-operator',
      end: ({ id }: SignedIn) => left.sessions.revoke(id, ADMIN),
    },
    {
      way: 'revocation of all of a user',
      reason: 'credential-change',
      end: ({ user }: SignedIn) => left.sessions.revokeAll(user, { reason: 'credential-change' }),
    },
    {
      way: 'eviction',
      reason: 'session-limit',
      end: async ({ user }: SignedIn) => {
        clock.advance(1);
        for (let logins = 0; logins < 2; logins += 1)
          await new Browser(left.url).post(`/login?user=${user.userId}`);
      },
    },
    {
      way: 'idle expiry',
      reason: 'idle',
      end: async () => {
        clock.advance('30m');
        await left.core.sweeper.sweep();
      },
    },
    {
      way: 'reuse of a token',
      reason: 'token-reused',
      end: async ({ browser }: SignedIn) => {
        const thief = browser.copy();
        await browser.post('/rotate');
        clock.advance('5m');
        await thief.get('/guarded');
      },
    },
    {
      way: 'epoch',
      reason: 'all-revoked',
      end: () => left.sessions.revokeEverything({ reason: 'breach' }),
    },
  ];

  it.each(WAYS)(`closes what is open on another with ${name}: $way`, async ({ reason, end }) => {
    const signedIn = await signIn();
    const client = connect(right, signedIn.browser.cookies);
    await client.opened;
    expect(right.core.live.count({ sessionId: signedIn.id })).toBe(1);

    await end(signedIn);

    expect(await client.ended).toEqual({ status: 401, reason });
  });

  it.each(WAYS)(
    `closes it with the next check where no message comes, with ${name}: $way`,
    async ({ reason, end }) => {
      const signedIn = await signIn();
      const client = connect(deaf, signedIn.browser.cookies);
      await client.opened;

      await end(signedIn);
      await deaf.core.live.check();

      expect(await client.ended).toEqual({ status: 401, reason });
    },
  );
});
