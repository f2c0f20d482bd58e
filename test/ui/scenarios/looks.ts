import { strict as assert } from 'node:assert';
import type { Scenario } from '../scenario.js';
import { populate, signInAt } from '../visitors.js';

const VIEWS = [
  '/admin/?view=overview',
  '/admin/?view=sessions',
  '/admin/?view=user',
  '/admin/?view=user&user=amelia.brooks&tenant=acme',
  '/admin/?view=audit',
  '/admin/?view=emergency',
  '/account/sessions/',
];

const HOSTILE = {
  user: '"><img src=x onerror=alert(1)>',
  userAgent: '<script>alert(2)</script>',
} as const;

export const isAccessible: Scenario = {
  name: 'axe finds nothing on any view, light and dark, wide and narrow',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 8);
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [1_440, 390]) {
        const visit = await stage.visit(url, { colorScheme, width, reducedMotion: 'reduce' });
        await visit.signIn('operator', '/admin/');
        for (const view of VIEWS) {
          await visit.open(view);
          await visit.page
            .waitForLoadState('networkidle', { timeout: 3_000 })
            .catch(() => undefined);
          await visit.checkAccessibility();
          await visit.checkQuiet();
        }
        await visit.end();
      }
  },
};

export const dialogsAreAccessible: Scenario = {
  name: 'axe finds nothing in the dialogs, which Escape closes and which give the focus back',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 2);
    const visit = await stage.visit(url);
    await visit.signIn('operator', '/admin/?view=sessions');
    const { page } = visit;
    const button = page.getByRole('button', { name: /^End the session of/ }).first();

    await button.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await visit.checkAccessibility();
    await page.keyboard.press('Escape');

    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await button.evaluate((element) => element === document.activeElement), true);
    await visit.checkQuiet();
  },
};

export const showsPlaces: Scenario = {
  name: 'devices have the place that the application tells of their address, as text',
  async run(stage) {
    const placeOf = async (address: string): Promise<string | undefined> =>
      address === '203.0.113.7' ? 'Vienna <img src=x onerror=alert(1)>' : undefined;
    const { url } = await stage.start({ sessions: { placeOf } });
    await signInAt(url, { user: 'operator' });
    const operator = await stage.visit(url);
    const place = operator.page.getByText('Vienna <img src=x onerror=alert(1)>');

    await operator.signIn('operator', '/admin/?view=user&user=operator');
    await place.waitFor();
    await operator.open('/admin/?view=sessions');
    await place.filter({ visible: true }).first().waitFor();
    await operator.open('/account/sessions/');

    await place.waitFor();
    await operator.checkQuiet();
  },
};

export const showsHostileTexts: Scenario = {
  name: 'script in a user id, a user agent and a reason is shown as text',
  async run(stage) {
    const { url } = await stage.start();
    await signInAt(url, HOSTILE);
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=sessions');
    const { page } = operator;

    await page.getByRole('link', { name: HOSTILE.user }).click();
    await page.getByRole('heading', { name: HOSTILE.user }).waitFor();
    await page.getByRole('button', { name: /^End the session of/ }).click();
    await page.getByLabel('Reason').fill('<script>alert(3)</script>');
    await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
    await page
      .getByText(/reason|ended/)
      .first()
      .waitFor();
    await operator.open('/admin/?view=audit');
    await page.getByRole('link', { name: HOSTILE.user }).first().waitFor();
    await page
      .getByRole('button', { name: /Details of/ })
      .last()
      .click();

    await page.getByRole('dialog').getByText(HOSTILE.userAgent).waitFor();
    await operator.checkQuiet();
  },
};

export const saysWhatDoesNotParse: Scenario = {
  name: 'a filter that does not parse has what the API says beside it',
  async run(stage) {
    const { url } = await stage.start();
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=sessions');
    const { page } = operator;
    const field = page.getByLabel('Address or network');

    await field.fill('nowhere');

    await page.getByText(/"ip" must be/).waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    const described = await field.getAttribute('aria-describedby');
    assert.match(await page.locator(`[id="${described}"]`).innerText(), /"ip" must be/);
    await field.fill('');
    await page.getByRole('table').waitFor();
    await operator.checkQuiet();
  },
};

export const isLight: Scenario = {
  name: 'each page with all its views comes to less than 200 kB compressed',
  async run(stage) {
    const { url } = await stage.start();
    const operator = await stage.visit(url);
    let bytes = 0;
    operator.page.on('response', (response) => {
      if (!response.url().includes('/assets/')) return;
      bytes += Number(response.headers()['content-length'] ?? 0);
    });
    await operator.signIn('operator', '/admin/?view=overview');
    for (const name of ['Sessions', 'User', 'Audit', 'Emergency']) {
      await operator.page.getByRole('link', { name, exact: true }).click();
      await operator.page.getByRole('heading', { name, level: 1 }).waitFor();
    }
    await operator.page.waitForTimeout(500);

    console.log(`          ${bytes} bytes`);
    assert.ok(bytes > 50_000 && bytes < 200_000, `${bytes} bytes`);
  },
};
