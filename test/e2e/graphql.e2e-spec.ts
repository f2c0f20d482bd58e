import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { memoryStore, type SessionStore } from '../../src/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser, type Answer } from '../support/browser.js';
import { startGraphqlNode, type GraphqlNode } from '../support/graphql-node.js';

interface GraphqlAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions: Record<string, unknown>;
  }[];
}

const ask = (
  browser: Browser,
  query: string,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  browser.post('/graphql', {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });

const codeOf = (answer: Answer): unknown => answer.json<GraphqlAnswer>().errors?.[0]?.extensions;

describe('queries and mutations', () => {
  const clock = new FakeClock();
  let store: SessionStore;
  let node: GraphqlNode;

  beforeAll(async () => {
    store = memoryStore();
    node = await startGraphqlNode(
      { store, clock },
      { includeStacktraceInErrorResponses: false, preserveHttpStatusForExecutionErrors: false },
    );
  });

  afterAll(() => node.close());

  const signIn = async (userId = 'alice'): Promise<Browser> => {
    const browser = new Browser(node.url);
    await browser.post(`/login?user=${userId}`);
    return browser;
  };

  it('get the session and the user of the request', async () => {
    const browser = await signIn();

    const answer = await ask(browser, '{ me perhapsMe needsMe }');

    expect(answer.status).toBe(200);
    expect(answer.json<GraphqlAnswer>().data).toEqual({
      me: 'alice',
      perhapsMe: 'alice',
      needsMe: 'alice',
    });
  });

  it('are refused with the code in the extensions where nobody is signed in', async () => {
    const stranger = new Browser(node.url);

    const guarded = await ask(stranger, '{ me }');
    const open = await ask(stranger, '{ perhapsMe }');
    const decorated = await ask(stranger, '{ needsMe }');

    for (const refused of [guarded, decorated]) {
      expect(refused.status).toBe(401);
      expect(codeOf(refused)).toEqual({ code: 'SESSION_REQUIRED' });
    }
    expect(open.json<GraphqlAnswer>()).toEqual({ data: { perhapsMe: null } });
  });

  it('tell the holder of an ended session why', async () => {
    const browser = await signIn();
    await node.sessions.revokeAll({ tenantId: '', userId: 'alice' }, { reason: 'moved-out' });

    const answer = await ask(browser, '{ me }');

    expect(answer.status).toBe(401);
    expect(codeOf(answer)).toEqual({ code: 'SESSION_REVOKED', reason: 'moved-out' });
  });

  it('ask for a recent authentication', async () => {
    const browser = await signIn();
    const authenticatedAt = new Date(clock.now()).toISOString();

    const fresh = await ask(browser, '{ secret }');
    clock.advance('10m');
    const stale = await ask(browser, '{ secret }');

    expect(fresh.json<GraphqlAnswer>().data).toEqual({ secret: 'told' });
    expect(stale.status).toBe(403);
    expect(codeOf(stale)).toEqual({ code: 'SESSION_NOT_FRESH', maxAge: 600, authenticatedAt });
  });

  it('are no activity where all that is asked for is passive', async () => {
    const browser = await signIn('carol');
    const seen = async () => {
      const page = await node.sessions.list({ tenantId: '', userId: 'carol' }, { limit: 1 });
      return page.items[0]!.lastSeenAt;
    };
    const before = await seen();

    clock.advance('5m');
    await ask(browser, '{ quiet }');
    const afterQuiet = await seen();
    await ask(browser, '{ me quiet }');

    expect(afterQuiet).toBe(before);
    expect(await seen()).toBe(clock.now());
  });

  it('are refused to pages of other sites', async () => {
    const browser = await signIn();
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };

    const refused = await ask(browser, 'mutation { say(text: "hello") }', foreign);
    const own = await ask(browser, 'mutation { say(text: "hello") }');

    expect(refused.status).toBe(403);
    expect(codeOf(refused)).toEqual({ code: 'CSRF_REJECTED' });
    expect(own.json<GraphqlAnswer>().data).toEqual({ say: 'hello' });
  });

  it('may sign in, and the answer carries the cookie', async () => {
    const browser = new Browser(node.url);

    const login = await ask(browser, 'mutation { logIn(user: "bob") }');
    const answer = await ask(browser, '{ me }');

    expect(login.setCookie).toBeDefined();
    expect(answer.json<GraphqlAnswer>().data).toEqual({ me: 'bob' });
  });
});

describe('while the store is away', () => {
  it('guarded queries are refused as such, and others answered', async () => {
    const store = memoryStore();
    const node = await startGraphqlNode({ store }, { preserveHttpStatusForExecutionErrors: false });
    const browser = new Browser(node.url);
    await browser.post('/login?user=alice');
    store.find = () => Promise.reject(new Error('away'));

    const guarded = await ask(browser, '{ me }');
    const open = await ask(browser, '{ perhapsMe }');
    await node.close();

    expect(guarded.status).toBe(503);
    expect(codeOf(guarded)).toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
    expect(open.json<GraphqlAnswer>()).toEqual({ data: { perhapsMe: null } });
  });
});
