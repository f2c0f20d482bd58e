import { strict as assert } from 'node:assert';
import type { Page } from 'playwright-core';
import type { Scenario } from '../scenario.js';
import { PASSWORD } from '../ui-app.js';
import { populate, signInAt } from '../visitors.js';

const MOST_STEPS = 40;

/** How a screen reader would name what has the focus. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return '';
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null;
    return (element.getAttribute('aria-label') ?? label ?? element.textContent ?? '').trim();
  });

/** Goes on with the Tab key as far as that; everything on the way can be seen to have the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (name.test(await focused(page))) return;
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => {
      const element = document.activeElement ?? document.body;
      return element === document.body || getComputedStyle(element).outlineStyle !== 'none';
    });
    assert.ok(outline, `"${await focused(page)}" does not show that it has the focus`);
  }
  throw new Error(`${String(name)} was not reached; at "${await focused(page)}"`);
}

export const endsASessionByKeyboard: Scenario = {
  name: 'an operator signs in, finds a user and ends a session without a mouse',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 3);
    await signInAt(url, { user: 'alice' });
    const operator = await stage.visit(url);
    const { page } = operator;
    const { keyboard } = page;
    await operator.open('/admin/?view=overview');

    await keyboard.press('Tab');
    await keyboard.type('operator');
    await tabTo(page, /^Password$/);
    await keyboard.type(PASSWORD);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await tabTo(page, /^Sessions$/);
    await keyboard.press('Enter');
    await page.getByRole('link', { name: 'alice' }).waitFor();
    await tabTo(page, /^Find user$/);
    await keyboard.type('alice');
    await page.getByText('1 session', { exact: true }).waitFor();
    await tabTo(page, /^End the session of alice/);
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, /^End session$/);
    await keyboard.press('Enter');

    await page.getByText('The session was ended.').waitFor();
    await page.getByText('No session matches.').waitFor();
    await operator.checkQuiet();
  },
};
