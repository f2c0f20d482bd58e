import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser } from '../support/browser.js';
import { startDemo, type DemoProcess } from '../support/demo-process.js';
import { eventually } from '../support/eventually.js';

type AuditRow = Readonly<Record<'type' | 'sessionId', string>>;

let folder: string;
let demo: DemoProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-restart-'));
  demo = await startDemo({}, { folder });
});

afterEach(async () => {
  await demo.stop();
  await rm(folder, { recursive: true });
});

const restart = async (): Promise<void> => {
  demo = await startDemo({}, { folder });
};

/** Goes on with its cookies wherever the demo listens now. */
const at = (from?: Browser): Browser => {
  const browser = new Browser(demo.url);
  for (const [name, value] of from?.cookies ?? []) browser.cookies.set(name, value);
  return browser;
};

const logIn = async (browser: Browser, username: string): Promise<string> => {
  const body = new URLSearchParams({ username, password: `${username}-password` });
  const answer = await browser.post('/login', { body });
  expect(answer.status).toBe(200);
  return answer.json<{ sessionId: string }>().sessionId;
};

/** What the audit tells of a user, in a fixed order. */
const auditOf = async (operator: Browser, userId: string): Promise<readonly string[]> => {
  const answer = await operator.get(`/admin/audit?userId=${userId}&limit=100`);
  const { items } = answer.json<{ items: readonly AuditRow[] }>();
  return items.map(({ type, sessionId }) => `${type} ${sessionId}`).sort();
};

describe('the demo killed with -9 and started again', () => {
  it('knows who was signed in, and what was in their sessions', async () => {
    const browser = at();
    await browser.get('/visits');
    const sessionId = await logIn(browser, 'alice');
    await browser.get('/visits');

    await demo.kill();
    await restart();

    const returned = at(browser);
    const me = await returned.get('/me');
    expect(me.json()).toMatchObject({ userId: 'alice', sessionId });
    expect(me.setCookie).toBeUndefined();
    expect((await returned.get('/visits')).json()).toEqual({ visits: 3 });
  });

  it('keeps what was ended ended, with one audit row for each change', async () => {
    const [here, there, operator] = [at(), at(), at()];
    const hereId = await logIn(here, 'alice');
    const thereId = await logIn(there, 'alice');
    await logIn(operator, 'olivia');

    const ended = await operator.delete(`/admin/sessions/${thereId}`);
    await demo.kill();
    await restart();

    expect(ended.status).toBe(204);
    const refused = await at(there).get('/me');
    expect(refused.status).toBe(401);
    expect(refused.json()).toMatchObject({ code: 'SESSION_REVOKED', reason: 'ended-by-admin' });
    const reader = at(operator);
    await eventually(async () => (await auditOf(reader, 'alice')).length >= 3);
    expect(await auditOf(reader, 'alice')).toEqual(
      [
        `session.created ${hereId}`,
        `session.created ${thereId}`,
        `session.revoked ${thereId}`,
      ].sort(),
    );
  });

  it('has lost no login that it answered, however many were on their way', async () => {
    const operator = at();
    await logIn(operator, 'olivia');
    const answered: string[] = [];
    const logInUntilKilled = async (): Promise<void> => {
      for (;;) answered.push(await logIn(at(), 'bob'));
    };
    const comers = Promise.allSettled([1, 2, 3].map(logInUntilKilled));

    await eventually(async () => answered.length >= 10);
    await demo.kill();
    await comers;
    await restart();

    const reader = at(operator);
    const listed = await reader.get('/admin/users/bob/sessions');
    const alive = listed.json<{ items: readonly unknown[] }>().items.length;
    let rows: readonly string[] = [];
    await eventually(async () => {
      rows = await auditOf(reader, 'bob');
      const created = rows.filter((row) => row.startsWith('session.created')).length;
      const ended = rows.length - created;
      return created >= answered.length && created - ended === alive;
    });
    expect(rows).toEqual([...new Set(rows)]);
    expect(rows).toEqual(expect.arrayContaining(answered.map((id) => `session.created ${id}`)));
  });
});
