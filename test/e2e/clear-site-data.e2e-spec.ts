import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { SessionService, type SessionModuleOptions } from '../../src/index.js';
import { Browser, type Answer } from '../support/browser.js';
import { MIDDLEWARE_KINDS } from '../support/middlewares.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';

@Controller()
class WayOutController {
  constructor(private readonly sessions: SessionService) {}

  @Post('relogin')
  async relogin(@Req() request: Request): Promise<void> {
    await this.sessions.logout(request);
    await this.sessions.login(request, { userId: 'bob' });
  }

  @Post('logout/streamed')
  async logoutStreamed(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.sessions.logout(request);
    Object.assign(request.session, { colour: 'red' });
    response.write('first,');
    response.end('last');
  }

  @Post('logout/own-header')
  async logoutWithHeader(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    response.setHeader('Clear-Site-Data', '"clientHints"');
    await this.sessions.logout(request);
  }
}

describe.each(MIDDLEWARE_KINDS)('a logout, under %s,', (middleware) => {
  let sut: SessionApp;
  let browser: Browser;

  const start = async (clearSiteData: SessionModuleOptions['clearSiteData']): Promise<void> => {
    sut = await startSessionApp(
      { middleware, ...(clearSiteData !== undefined && { clearSiteData }) },
      { controllers: [WayOutController] },
    );
    sut.app.set('trust proxy', 'loopback');
    browser = new Browser(sut.url);
    await browser.post('/login?user=alice');
  };
  const over = (protocol: 'https' | 'http') => ({ headers: { 'x-forwarded-proto': protocol } });
  const cleared = ({ headers }: Answer): string | null => headers.get('clear-site-data');

  afterEach(() => sut.close());

  it.each([
    ['/logout', '"cache", "storage"', true],
    ['/destroy', '"cache", "storage"', true],
    ['/logout', '"cookies", "executionContexts"', ['cookies', 'executionContexts']],
    ['/logout', '"*"', ['*']],
  ] as const)('by %s has the browser forget %s with the option %j', async (path, value, option) => {
    await start(option);

    const answer = await browser.post(path, over('https'));

    expect(cleared(answer)).toBe(value);
  });

  it('of one’s present session in the list of one’s own does too', async () => {
    await start(true);
    const { id } = (await browser.get('/session')).json<{ id: string }>();

    const answer = await browser.delete(`/sessions/${id}`, over('https'));

    expect(cleared(answer)).toBe('"cache", "storage"');
  });

  it.each([undefined, false])('has it forget no more than the cookie with %j', async (option) => {
    await start(option);

    expect(cleared(await browser.post('/logout', over('https')))).toBeNull();
  });

  it('over a connection that is not secure has it forget no more than the cookie', async () => {
    await start(true);

    expect(cleared(await browser.post('/logout', over('http')))).toBeNull();
  });

  it('that ends no session has nothing forgotten', async () => {
    await start(true);
    const late = browser.copy();
    await browser.post('/logout', over('https'));

    expect(cleared(await late.post('/logout', over('https')))).toBeNull();
    expect(cleared(await new Browser(sut.url).post('/logout', over('https')))).toBeNull();
  });

  it('before a login in the same request spares what the login sets', async () => {
    await start(['cookies']);

    const answer = await browser.post('/relogin', over('https'));

    expect(cleared(answer)).toBeNull();
    expect(answer.setCookie).toMatch(/^s%3A/);
  });

  it.each(['/logout?colour=red', '/logout/streamed'])(
    'with something written afterwards spares the session that is opened for it, by %s',
    async (path) => {
      await start(['cookies']);

      const answer = await browser.post(path, over('https'));

      expect(cleared(answer)).toBeNull();
      expect(answer.setCookie).toMatch(/^s%3A/);
    },
  );

  it('leaves alone what the application says itself', async () => {
    await start(true);

    expect(cleared(await browser.post('/logout/own-header', over('https')))).toBe('"clientHints"');
  });

  it('is not what another’s end of the session is, nor a new beginning', async () => {
    await start(true);
    const killed = browser.copy();
    await sut.sessions.revokeAll({ tenantId: '', userId: 'alice' }, { reason: 'ended-by-admin' });
    const other = new Browser(sut.url);
    await other.post('/login?user=alice');

    const answers = [
      await killed.get('/guarded', over('https')),
      await killed.post('/logout', over('https')),
      await other.post('/regenerate', over('https')),
    ];

    expect(answers.map(cleared)).toEqual([null, null, null]);
  });
});

describe('the option clearSiteData', () => {
  it.each([[[]], [['everything']], [['"cache"']], ['cache'], [[1]]])(
    'may not be %j',
    async (clearSiteData) => {
      const starting = startSessionApp({ clearSiteData: clearSiteData as never });

      await expect(starting).rejects.toMatchObject({
        code: 'SESSION_CONFIG_INVALID',
        option: 'clearSiteData',
      });
    },
  );
});
