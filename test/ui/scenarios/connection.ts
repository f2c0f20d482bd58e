import { strict as assert } from 'node:assert';
import type { Scenario } from '../scenario.js';
import { populate, signInAt } from '../visitors.js';

export const recoversFromACut: Scenario = {
  name: 'a cut connection is told, and what was missed is there when it is back',
  async run(stage) {
    const { url, cut } = await stage.start();
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=sessions');
    const { page } = operator;
    await page.getByText('Live', { exact: true }).waitFor();

    await page.route('**/admin/**', (route) => route.abort());
    cut();
    await page.getByText(/Connection lost/).waitFor();
    await signInAt(url, { user: 'alice' });
    await page.unroute('**/admin/**');

    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'alice' }).waitFor();
    await operator.checkQuiet();
  },
};

export const comesBackAfterSignIn: Scenario = {
  name: 'an expired login leads to the way in and back to the same view',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 8);
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=sessions&tenant=acme');
    const { page } = operator;
    await page.getByRole('table').waitFor();
    const other = await stage.visit(url);
    await other.signIn('operator', '/admin/?view=user&user=operator');

    await other.page.getByRole('button', { name: 'Keep only this' }).first().waitFor();
    await other.page
      .getByRole('listitem')
      .filter({ hasText: 'This browser' })
      .getByRole('button', { name: 'Keep only this' })
      .click();
    await other.page.getByRole('dialog').getByRole('button', { name: 'Keep only this' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await operator.answerSignIn('operator');

    await page.getByRole('table').waitFor();
    assert.equal(await page.getByLabel('Tenant').inputValue(), 'acme');
  },
};

export const worksUnderAPrefix: Scenario = {
  name: 'both pages work under a prefix, with and without the slash at the end',
  async run(stage) {
    const { url } = await stage.start({ prefix: 'back/office' });
    const operator = await stage.visit(url);

    await operator.signIn('operator', '/admin');
    await operator.page.getByText('Live sessions').waitFor();
    await operator.open('/account/sessions');
    await operator.page.getByText('This device').waitFor();

    await operator.checkQuiet();
  },
};

export const worksBehindAStrippingProxy: Scenario = {
  name: 'both pages work behind a proxy that takes a prefix away, from the way in to the way out',
  async run(stage) {
    const { url } = await stage.start({ strippedPrefix: '/tools/gate' });
    const operator = await stage.visit(url);
    const { page } = operator;

    await operator.signIn('operator', '/admin?view=sessions');
    await page.getByText('Live', { exact: true }).waitFor();
    await signInAt(url, { user: 'alice' });
    await page.getByRole('link', { name: 'alice' }).waitFor();
    await operator.open('/account/sessions');
    await page.getByRole('button', { name: 'Sign out here' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await operator.answerSignIn('operator');

    await page.getByText('This device').waitFor();
    assert.equal(new URL(page.url()).pathname, '/tools/gate/account/sessions/');
    await operator.checkQuiet();
  },
};

export const keepsStrangersOut: Scenario = {
  name: 'a stranger is led to the way in, and an ordinary user gets neither page nor files',
  async run(stage) {
    const { url } = await stage.start();
    const cookie = await signInAt(url, { user: 'alice' });
    const ask = (path: string, headers = {}) =>
      fetch(`${url}${path}`, { redirect: 'manual', headers });

    const stranger = await ask('/admin/?view=audit');
    const user = await ask('/admin/', { cookie });
    const operator = await ask('/admin/', { cookie: await signInAt(url, { user: 'operator' }) });
    const asset = /\.\/(assets\/[^"]+\.js)/.exec(await operator.text())?.[1] ?? '';

    assert.equal(stranger.status, 303);
    assert.equal(stranger.headers.get('location'), '../login?returnTo=%2Fadmin%2F%3Fview%3Daudit');
    assert.equal(user.status, 403);
    assert.equal((await ask(`/admin/${asset}`, { cookie })).status, 403);
    assert.match(
      operator.headers.get('content-security-policy') ?? '',
      /require-trusted-types-for/,
    );
  },
};

export const believesTrustedProxiesOnly: Scenario = {
  name: 'what a proxy has taken away is heard from a trusted one, and only if it is a path',
  async run(stage) {
    const { url, app } = await stage.start();
    const wayIn = async (prefix: string): Promise<string | null> => {
      const headers = { 'x-forwarded-prefix': prefix };
      const answer = await fetch(`${url}/admin/`, { redirect: 'manual', headers });
      return answer.headers.get('location');
    };
    const bare = '../login?returnTo=%2Fadmin%2F';

    assert.equal(await wayIn('/tools/'), '../login?returnTo=%2Ftools%2Fadmin%2F');
    assert.equal(await wayIn('//elsewhere.example'), bare);
    assert.equal(await wayIn('https://elsewhere.example'), bare);
    app.set('trust proxy', false);
    assert.equal(await wayIn('/tools'), bare);
  },
};

export const keepsNobodySignedIn: Scenario = {
  name: 'a page that reads by itself what others do keeps no operator signed in',
  async run(stage) {
    const { url } = await stage.start({ sessions: { idleTimeout: '12s', touchInterval: '1s' } });
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=sessions');
    const { page } = operator;
    await page.getByText('Live', { exact: true }).waitFor();
    const heading = page.getByRole('heading', { name: 'You are signed out' });

    const end = heading.waitFor({ timeout: 25_000 });
    for (let count = 1; count <= 4; count += 1) {
      await signInAt(url, { user: `visitor-${count}` });
      await page.getByRole('link', { name: `visitor-${count}` }).waitFor();
      await page.waitForTimeout(1_000);
    }

    await end;
    assert.equal(await operator.status(), 401);
  },
};
