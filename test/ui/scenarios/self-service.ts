import { strict as assert } from 'node:assert';
import type { Scenario } from '../scenario.js';
import { PASSWORD } from '../ui-app.js';
import { signInAt } from '../visitors.js';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';

const isSignedIn = async (url: string, cookie: string): Promise<boolean> =>
  (await fetch(`${url}/whoami`, { headers: { cookie } })).status === 200;

export const endsADevice: Scenario = {
  name: 'a user sees the present device marked, and signs another out',
  async run(stage) {
    const { url } = await stage.start();
    const phone = await signInAt(url, { user: 'alice', userAgent: IPHONE });
    const alice = await stage.visit(url);
    await alice.signIn('alice', '/account/sessions/');
    const { page } = alice;
    await page.getByRole('listitem').first().getByText('This device').waitFor();

    await page.getByRole('button', { name: 'Sign out Safari on iOS' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();

    await page.getByText('Safari on iOS was signed out.').waitFor();
    assert.equal(await isSignedIn(url, phone), false);
    assert.equal(await alice.status(), 200);
    await page.reload();
    await page.getByText('Session ended').first().waitFor();
    await alice.checkQuiet();
  },
};

export const asksForThePassword: Scenario = {
  name: 'where the session has to be fresh, the password is asked for again',
  async run(stage) {
    const { url } = await stage.start({ sessions: { selfServiceFreshWithin: '1s' } });
    const phone = await signInAt(url, { user: 'alice', userAgent: IPHONE });
    const alice = await stage.visit(url);
    await alice.signIn('alice', '/account/sessions/');
    const { page } = alice;
    await page.waitForTimeout(1_500);

    await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await dialog.getByText('Wrong password').waitFor();
    assert.equal(await isSignedIn(url, phone), true);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Confirm' }).click();

    await page.getByText('1 device signed out.').waitFor();
    assert.equal(await isSignedIn(url, phone), false);
    await alice.checkQuiet();
  },
};

export const warnsOfSilence: Scenario = {
  name: 'silence is warned of, and the warning keeps nobody signed in',
  async run(stage) {
    const { url } = await stage.start({ sessions: { idleTimeout: '12s', touchInterval: '1s' } });
    const alice = await stage.visit(url);
    await alice.signIn('alice', '/account/sessions/');
    const { page } = alice;

    await page.getByText('For lack of activity').waitFor();

    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    assert.equal(await alice.status(), 401);
  },
};

export const staysOnPurpose: Scenario = {
  name: 'who asks to stay signed in stays',
  async run(stage) {
    const { url } = await stage.start({ sessions: { idleTimeout: '12s', touchInterval: '1s' } });
    const alice = await stage.visit(url);
    await alice.signIn('alice', '/account/sessions/');
    const { page } = alice;

    await page.getByText('For lack of activity').waitFor();
    await page.getByRole('button', { name: 'Stay signed in' }).click();

    await page.getByText('For lack of activity').waitFor({ state: 'detached' });
    await alice.checkQuiet();
  },
};
