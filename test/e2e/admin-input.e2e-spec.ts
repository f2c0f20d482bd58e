import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { memoryStore } from '../../src/index.js';
import { startAdminApp, type AdminApp } from '../support/admin-app.js';
import type { Answer, Browser } from '../support/browser.js';

const JSON_TYPE = { 'content-type': 'application/json' };

const post = (browser: Browser, path: string, body: unknown): Promise<Answer> =>
  browser.post(path, { headers: JSON_TYPE, body: JSON.stringify(body) });

describe('bad input to the API of operators', () => {
  let sut: AdminApp;
  let operator: Browser;

  beforeAll(async () => {
    sut = await startAdminApp({ store: memoryStore() });
    operator = await sut.signIn('operator');
    await sut.signIn('bob');
  });

  afterAll(() => sut.close());

  it.each([
    ['/admin/sessions?limit=0', 'limit'],
    ['/admin/sessions?limit=201', 'limit'],
    ['/admin/sessions?limit=ten', 'limit'],
    ['/admin/sessions?limit=1&limit=2', 'limit'],
    ['/admin/sessions?cursor=nonsense', 'cursor'],
    ['/admin/sessions?cursor=', 'cursor'],
    [`/admin/sessions?cursor=${'x'.repeat(600)}`, 'cursor'],
    ['/admin/sessions?cursor=a&cursor=b', 'cursor'],
    ['/admin/sessions?ip=nonsense', 'ip'],
    ['/admin/sessions?ip=192.0.2.0/33', 'ip'],
    ['/admin/sessions?browser=', 'browser'],
    ['/admin/sessions?system=%07', 'system'],
    ['/admin/sessions?method=a&method=b', 'method'],
    ['/admin/sessions?authenticatedFrom=soon', 'authenticatedFrom'],
    ['/admin/sessions?authenticatedBefore=-1', 'authenticatedBefore'],
    ['/admin/users/alice/block?limit=1', 'limit'],
    ['/admin/sessions?createdFrom=yesterday', 'createdFrom'],
    ['/admin/sessions?createdBefore=2026-02-30', 'createdBefore'],
    ['/admin/sessions?lastSeenFrom=-1', 'lastSeenFrom'],
    ['/admin/sessions?lastSeenBefore=1e3', 'lastSeenBefore'],
    ['/admin/sessions?lastSeenBefore=99999999999999999', 'lastSeenBefore'],
    ['/admin/sessions?userId=', 'userId'],
    ['/admin/sessions?userId=a&userId=b', 'userId'],
    ['/admin/sessions?userId[]=a', 'userId[]'],
    [`/admin/sessions?tenantId=${'x'.repeat(256)}`, 'tenantId'],
    ['/admin/sessions?tenantId=%00', 'tenantId'],
    ['/admin/sessions?colour=red', 'colour'],
    ['/admin/sessions?__proto__=x', '__proto__'],
    ['/admin/users/%00/sessions', 'userId'],
    [`/admin/users/${'x'.repeat(256)}/sessions`, 'userId'],
    ['/admin/users/alice/sessions?limit=1.5', 'limit'],
    ['/admin/users/alice/sessions?cursor=nonsense', 'cursor'],
    ['/admin/users/alice/sessions?ip=127.0.0.1', 'ip'],
    ['/admin/audit?type=session.invented', 'type'],
    ['/admin/audit?type=session.created&type=invented', 'type'],
    ['/admin/audit?sessionId=short', 'sessionId'],
    ['/admin/audit?initiator=nobody', 'initiator'],
    ['/admin/audit?outcome=maybe', 'outcome'],
    ['/admin/audit?from=now', 'from'],
    ['/admin/audit?to=2026-13-01', 'to'],
    ['/admin/audit?limit=1000', 'limit'],
    ['/admin/audit?cursor=nonsense', 'cursor'],
    ['/admin/audit?format=csv', 'format'],
  ])('in GET %s is refused by name', async (path, parameter) => {
    const answer = await operator.get(path);

    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      code: 'SESSION_INPUT_INVALID',
      parameter,
      message: expect.stringContaining(`Parameter "${parameter}"`) as unknown,
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['sessions/revoke', undefined, 'filter'],
    ['sessions/revoke', [], 'body'],
    ['sessions/revoke', {}, 'filter'],
    ['sessions/revoke', { filter: 'all' }, 'filter'],
    ['sessions/revoke', { filter: {} }, 'filter'],
    ['sessions/revoke', { filter: { ip: null } }, 'filter.ip'],
    ['sessions/revoke', { filter: { everything: true } }, 'filter.everything'],
    ['sessions/revoke', { filter: { userId: 7 } }, 'filter.userId'],
    ['sessions/revoke', { filter: { createdFrom: '2026' } }, 'filter.createdFrom'],
    ['sessions/revoke', { filter: { createdFrom: 0 }, x: 1 }, 'x'],
    ['sessions/revoke', { filter: { createdFrom: 1.5 } }, 'filter.createdFrom'],
    ['sessions/revoke', { filter: { userId: 'operator' }, dryRun: 'yes' }, 'dryRun'],
    ['sessions/revoke', { filter: { userId: 'bob' }, reason: 7 }, 'reason'],
    ['sessions/revoke', { filter: { userId: 'bob' }, reason: 'Not Kebab' }, 'reason'],
    ['sessions/revoke', { filter: { ip: '192.0.2.0/x' } }, 'filter.ip'],
    ['sessions/revoke', { filter: { userId: 'bob' }, max: 0 }, 'max'],
    ['sessions/revoke', { filter: { userId: 'bob' }, max: 10_000_001 }, 'max'],
    ['sessions/revoke', { filter: { userId: 'bob' }, max: '5' }, 'max'],
    ['sessions/revoke', { filter: { userId: 'bob' }, before: 'now' }, 'before'],
    ['sessions/revoke', { filter: { userId: 'bob' }, except: 'x' }, 'except'],
    ['sessions/revoke', { filter: { userId: 'bob' }, except: ['short'] }, 'except.0'],
    ['sessions/revoke-everything', {}, 'confirmation'],
    ['sessions/revoke-everything', { confirmation: 'yes' }, 'confirmation'],
    ['sessions/revoke-everything', { confirmation: true }, 'confirmation'],
    [
      'sessions/revoke-everything',
      { confirmation: 'end every session', reason: 'Not Kebab' },
      'reason',
    ],
    ['users/alice/block', {}, 'until'],
    ['users/alice/block', { until: 'soon' }, 'until'],
    ['users/alice/block', { until: 0, reason: 'Not Kebab' }, 'reason'],
    ['users/alice/block', { until: 0, tenantId: 7 }, 'tenantId'],
    ['users/%00/block', { until: 0 }, 'userId'],
  ])('in POST %s %j is refused by name', async (path, body, parameter) => {
    const answer = await post(operator, `/admin/${path}`, body);

    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      code: 'SESSION_INPUT_INVALID',
      parameter,
      message: expect.stringContaining(`Parameter "${parameter}"`) as unknown,
    });
  });

  it.each([
    ['sessions/AAAAAAAAAAAAAAAAAAAAAAAA?reason=Not+Kebab', {}, 'reason'],
    ['sessions/AAAAAAAAAAAAAAAAAAAAAAAA?because=x', {}, 'because'],
    ['sessions/AAAAAAAAAAAAAAAAAAAAAAAA', { reason: ['x'] }, 'reason'],
    ['users/alice/sessions?reason=Not+Kebab', {}, 'reason'],
    ['users/alice/sessions', { tenantId: '\u0000' }, 'tenantId'],
    ['users/alice/sessions', { except: 'x' }, 'except'],
    ['users/alice/sessions', { before: 'x' }, 'before'],
    ['users/alice/block', { until: 0 }, 'until'],
  ])('in DELETE %s %j is refused by name', async (path, body, parameter) => {
    const answer = await operator.delete(`/admin/${path}`, {
      headers: JSON_TYPE,
      body: JSON.stringify(body),
    });

    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      code: 'SESSION_INPUT_INVALID',
      parameter,
      message: expect.stringContaining(`Parameter "${parameter}"`) as unknown,
    });
  });

  it('in the encoding of a path or a body is refused', async () => {
    const path = await operator.get('/admin/users/%E0%A4%A/sessions');
    const body = await operator.post('/admin/sessions/revoke', {
      headers: JSON_TYPE,
      body: '{"filter":',
    });

    expect([path.status, body.status]).toEqual([400, 400]);
  });
});
