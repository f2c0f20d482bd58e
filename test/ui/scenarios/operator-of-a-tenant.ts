import { strict as assert } from 'node:assert';
import type { Scenario } from '../scenario.js';
import type { Visit } from '../visit.js';
import { populate, signInAt } from '../visitors.js';

/** What of other tenants the page has come by, in whichever place. */
const textOf = ({ page }: Visit): Promise<string> =>
  page.evaluate(() => document.documentElement.outerHTML);

export const seesOwnTenantOnly: Scenario = {
  name: 'an operator held to one tenant sees nothing of others, on no view and in no message',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 6);
    await signInAt(url, { user: 'zoe', tenant: 'globex' });
    const operator = await stage.visit(url);
    const { page } = operator;
    await operator.signIn('operator', '/admin/?view=sessions', 'acme');
    await page.getByText('3 sessions', { exact: true }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();

    await signInAt(url, { user: 'zita', tenant: 'globex' });
    await signInAt(url, { user: 'anna', tenant: 'acme' });
    await page.getByRole('link', { name: 'anna' }).waitFor();
    const texts = [await textOf(operator)];
    for (const [path, text] of [
      ['user&user=zoe&tenant=globex', 'No live session.'],
      ['audit', 'Signed in'],
      ['audit&tenant=globex', 'No event matches.'],
      ['overview', 'Live sessions'],
      ['emergency', 'Only an operator of all tenants may do this.'],
    ] as const) {
      await operator.open(`/admin/?view=${path}`);
      await page.getByText(text).first().waitFor();
      texts.push((await textOf(operator)).replaceAll(/globex|user=zoe|>zoe<|value="zoe"/g, ''));
    }

    assert.doesNotMatch(texts.join(), /zita|zoe|globex|noah\.fischer/);
    assert.equal(await page.getByRole('link', { name: 'Emergency' }).count(), 0);
    await operator.checkQuiet();
  },
};
