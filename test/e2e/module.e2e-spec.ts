import { Controller, Get, Inject, Injectable, Module, UseGuards } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import {
  CurrentSession,
  CurrentUser,
  Public,
  SessionGuard,
  SessionModule,
  SessionService,
  type SessionModuleOptions,
  type StoreSettings,
  type User,
} from '../../src/index.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser } from '../support/browser.js';
import { SECRET, startSessionApp } from '../support/session-app.js';
import { withInstead } from '../support/stores.js';

const OPTIONS: SessionModuleOptions = { secret: SECRET, cookie: { insecureDevelopment: true } };

@Injectable()
class OptionsFactory {
  createSessionOptions(): SessionModuleOptions {
    return OPTIONS;
  }
}

@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsModule {}

describe('SessionModule', () => {
  it.each([
    ['forRoot', SessionModule.forRoot(OPTIONS)],
    [
      'forRootAsync with useFactory',
      SessionModule.forRootAsync({
        imports: [OptionsModule],
        inject: [OptionsFactory],
        useFactory: (factory: OptionsFactory) => factory.createSessionOptions(),
      }),
    ],
    ['forRootAsync with useClass', SessionModule.forRootAsync({ useClass: OptionsFactory })],
    [
      'forRootAsync with useExisting',
      SessionModule.forRootAsync({ imports: [OptionsModule], useExisting: OptionsFactory }),
    ],
  ])('starts by %s', async (_name, imported) => {
    @Module({ imports: [imported] })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    await app.init();

    const policy = app.get(SessionService).describePolicy();
    await app.close();

    expect(policy).toMatchObject({ idleTimeoutMs: 1_800_000, absoluteTimeoutMs: 43_200_000 });
  });

  it.each<[string, Partial<SessionModuleOptions>]>([
    ['secret', { secret: 'short' }],
    ['idleTimeout', { idleTimeout: '13h' }],
    ['maxSessionsPerUser', { maxSessionsPerUser: -1 }],
    ['onLimit', { onLimit: 'refuse' as never }],
    ['cookie.name', { cookie: { name: '__Host-sid', insecureDevelopment: true } }],
    ['cookie.sameSite', { cookie: { sameSite: 'none', insecureDevelopment: true } }],
    ['cookie.domain', { cookie: { domain: 'example.com' } }],
    ['anonymousSessionsPerMinute', { anonymousSessionsPerMinute: 0 }],
    ['trustedOrigins', { trustedOrigins: ['https://example.com/path'] }],
    ['trustedOrigins', { trustedOrigins: ['null'] }],
    ['trustedOrigins', { trustedOrigins: ['https://user@example.com'] }],
    ['csrf.strict', { csrf: { strict: 'yes' as never } }],
    ['csrf.tokenHeader', { csrf: { tokenHeader: 'x csrf' } }],
    ['maxDataBytes', { maxDataBytes: 0 }],
    ['dataEncryption.keys', { dataEncryption: { keys: [] } }],
    ['dataEncryption.keys[0].key', { dataEncryption: { keys: [{ keyId: 'a', key: 'short' }] } }],
  ])('does not start with a wrong %s, and names it', async (option, options) => {
    const starting = startSessionApp({ ...OPTIONS, ...options });

    await expect(starting).rejects.toMatchObject({ code: 'SESSION_CONFIG_INVALID', option });
  });

  it('never prints a secret, however wrong', async () => {
    const starting = startSessionApp({ secret: 'too-short-but-secret' });

    await expect(starting).rejects.toThrow(expect.not.stringContaining('too-short-but-secret'));
  });

  it('starts the store with the clock and the bounds of the options', async () => {
    const clock = new FakeClock();
    const store = memoryStore();
    let started: StoreSettings | undefined;
    const sut = await startSessionApp({
      clock,
      storeTimeout: '750ms',
      adminIndex: true,
      store: withInstead(store, {
        start: (settings) => {
          started = settings;
          return store.start(settings);
        },
      }),
    });

    await sut.close();

    expect(started).toMatchObject({ storeTimeoutMs: 750, adminIndex: true });
    expect(started?.clock).toBe(clock);
  });

  it('closes the store when the application ends', async () => {
    const store = memoryStore();
    let closed = 0;
    const sut = await startSessionApp({
      store: withInstead(store, {
        close: () => {
          closed += 1;
          return store.close();
        },
      }),
    });

    await sut.close();

    expect(closed).toBe(1);
  });

  it('tells of what this process did to sessions', async () => {
    const sut = await startSessionApp();
    const told: string[] = [];
    sut.sessions.events$.subscribe(({ type, reason }) =>
      told.push(reason ? `${type} ${reason}` : type),
    );
    const browser = new Browser(sut.url);

    await browser.post('/login?user=alice');
    await browser.post('/logout');
    await sut.close();

    expect(told).toEqual(['session.created', 'session.revoked logout']);
  });

  it('tells in its health how many facts could not be recorded', async () => {
    const store = memoryStore();
    const append = () => Promise.resolve(false);
    const sut = await startSessionApp({ store: withInstead(store, { append }) });
    const before = await sut.sessions.health();
    const headers = { 'sec-fetch-site': 'cross-site' };
    await new Browser(sut.url).post('/guarded-by-origin', { headers });

    const after = await sut.sessions.health();
    await sut.close();

    expect(before).toEqual({ available: true, details: { sessions: 0 }, factsDropped: 0 });
    expect(after).toMatchObject({ available: true, factsDropped: 1 });
  });

  it('ends the sessions that a filter finds, and only counts them in a dry run', async () => {
    const sut = await startSessionApp({ adminIndex: true });
    for (const user of ['alice', 'bob', 'alice'])
      await new Browser(sut.url).post(`/login?user=${user}`);

    const dry = await sut.sessions.revokeWhere(
      { tenantId: '' },
      { reason: 'clean-up', dryRun: true },
    );
    const wet = await sut.sessions.revokeWhere({ tenantId: '' }, { reason: 'clean-up' });
    const again = await sut.sessions.revokeWhere({ tenantId: '' }, { reason: 'clean-up' });
    await sut.close();

    expect(dry).toEqual({ matched: 3, ended: 0 });
    expect(wet).toEqual({ matched: 3, ended: 3 });
    expect(again).toEqual({ matched: 0, ended: 0 });
  });
});

describe('SessionGuard as a global guard', () => {
  @Controller()
  class PageController {
    constructor(@Inject(SessionService) readonly sessions: SessionService) {}

    @Get('me')
    me(@CurrentSession() session: CurrentSession, @CurrentUser() user: User): object {
      return { userId: session.userId, tenantId: user.tenantId, since: session.createdAt };
    }

    @Get('open')
    @Public()
    open(@CurrentUser() user: User | undefined): object {
      return { user: user ?? null };
    }
  }

  it('closes every route but those marked @Public()', async () => {
    @Module({
      imports: [SessionModule.forRoot(OPTIONS)],
      controllers: [PageController],
      providers: [{ provide: APP_GUARD, useClass: SessionGuard }],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const browser = new Browser(`http://127.0.0.1:${port}`);

    const [closed, open] = [await browser.get('/me'), await browser.get('/open')];
    await app.close();

    expect(closed.json()).toMatchObject({ statusCode: 401, code: 'SESSION_REQUIRED' });
    expect(closed.headers.get('cache-control')).toBe('no-store');
    expect(open.json()).toEqual({ user: null });
  });

  it('refuses where the session middleware has not run', async () => {
    @Controller()
    @UseGuards(SessionGuard)
    class LonelyController {
      @Get()
      read(): string {
        return 'read';
      }
    }
    @Module({ controllers: [LonelyController] })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;

    const answer = await new Browser(`http://127.0.0.1:${port}`).get('/');
    await app.close();

    expect(answer.status).not.toBe(200);
    expect(answer.text).not.toContain('read');
  });
});

describe('self-service', () => {
  it('lists one’s own sessions with the present one marked, and nothing secret', async () => {
    const sut = await startSessionApp();
    const [here, there] = [new Browser(sut.url), new Browser(sut.url)];
    await here.post('/login?user=alice', { headers: { 'user-agent': FIREFOX } });
    await there.post('/login?user=alice');
    await new Browser(sut.url).post('/login?user=bob');

    const list = await here.get('/sessions');
    await sut.close();

    const { items, nextCursor } = list.json<{
      items: Record<string, unknown>[];
      nextCursor: null;
    }>();
    expect(nextCursor).toBeNull();
    expect(items.map(({ userId, current }) => [userId, current])).toEqual([
      ['alice', true],
      ['alice', false],
    ]);
    expect(items[0]).toMatchObject({ device: { label: 'Firefox on Linux', ip: '127.0.0.1' } });
    expect(Object.keys(items[0]!).join()).not.toMatch(/token|hash|data/i);
    for (const cookie of [...here.cookies.values(), ...there.cookies.values()])
      expect(list.text).not.toContain(decodeURIComponent(cookie).slice(2, 74));
  });

  it('answers alike for a session that is malformed, unknown, ended or another user’s', async () => {
    const sut = await startSessionApp();
    const [alice, bob] = [new Browser(sut.url), new Browser(sut.url)];
    await alice.post('/login?user=alice');
    const { id } = (await bob.post('/login?user=bob')).json<{ id: string }>();

    const answers = [];
    for (const target of [id, 'x', `${id}x`, 'A'.repeat(24), '%00', '..%2f..'])
      answers.push(await alice.delete(`/sessions/${target}`));
    const stillIn = await bob.get('/guarded');
    await sut.close();

    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]!.json()).toMatchObject({ statusCode: 404, code: 'SESSION_NOT_FOUND' });
    expect(stillIn.status).toBe(200);
  });

  it('ends all other sessions at once', async () => {
    const sut = await startSessionApp();
    const browsers = [0, 1, 2].map(() => new Browser(sut.url));
    for (const browser of browsers) await browser.post('/login?user=alice');

    const answer = await browsers[0]!.delete('/sessions');
    const states = await Promise.all(browsers.map((browser) => browser.get('/guarded')));
    await sut.close();

    expect(answer.json()).toEqual({ ended: 2 });
    expect(states.map(({ status }) => status)).toEqual([200, 401, 401]);
  });

  it('is a logout where the present session is ended', async () => {
    const sut = await startSessionApp();
    const browser = new Browser(sut.url);
    const { id } = (await browser.post('/login?user=alice')).json<{ id: string }>();

    const answer = await browser.delete(`/sessions/${id}`);
    await sut.close();

    expect([answer.status, answer.setCookie]).toEqual([204, '']);
  });

  it.each([
    ['limit', 'limit=0'],
    ['limit', 'limit=201'],
    ['limit', 'limit=ten'],
    ['limit', 'limit=1&limit=2'],
    ['cursor', 'cursor=@@@'],
    ['cursor', `cursor=${'A'.repeat(600)}`],
  ])('refuses a bad %s: %s', async (parameter, query) => {
    const sut = await startSessionApp();
    const browser = new Browser(sut.url);
    await browser.post('/login?user=alice');

    const answer = await browser.get(`/sessions?${query}`);
    await sut.close();

    expect(answer.json()).toMatchObject({ statusCode: 400, code: 'SESSION_INPUT_INVALID' });
    expect(answer.text).toContain(`\\"${parameter}\\"`);
  });
});

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0';

describe('CsrfGuard', () => {
  const OWN = 'http://127.0.0.1';
  it.each<[number, Record<string, string>]>([
    [201, {}],
    [201, { 'sec-fetch-site': 'same-origin' }],
    [201, { 'sec-fetch-site': 'none' }],
    [403, { 'sec-fetch-site': 'same-site' }],
    [403, { 'sec-fetch-site': 'cross-site' }],
    [403, { 'sec-fetch-site': 'cross-site', origin: OWN }],
    [201, { 'sec-fetch-site': 'cross-site', origin: 'https://trusted.example' }],
    [403, { origin: 'null' }],
    [403, { origin: 'https://evil.example' }],
    [403, { origin: 'https://trusted.example.evil.example' }],
    [403, { origin: `${OWN}@evil.example` }],
    [201, { origin: OWN }],
  ])('answers %i to %j', async (status, headers) => {
    const sut = await startSessionApp({ trustedOrigins: ['https://trusted.example'] });
    const { port } = new URL(sut.url);
    const sent = new Headers(headers);
    if (headers['origin'] === OWN) sent.set('origin', `${OWN}:${port}`);

    const answer = await new Browser(sut.url).post('/guarded-by-origin', { headers: sent });
    await sut.close();

    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.json()).toMatchObject({ code: 'CSRF_REJECTED' });
  });
});
