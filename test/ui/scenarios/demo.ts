import type { Scenario } from '../scenario.js';
import type { Visit } from '../visit.js';

/** No later than the check that finds what a lost message would have told. */
const FALLS_AWAY = { timeout: 5_000 };

async function logIn({ page }: Visit, username: string): Promise<void> {
  await page.getByLabel('User', { exact: true }).fill(username);
  await page.getByLabel('Password', { exact: true }).fill(`${username}-password`);
  await page.getByRole('button', { name: 'Log in' }).click();
}

export const fallsAway: Scenario = {
  name: 'the socket and the stream of the demo fall away when an operator ends the session',
  async run(stage) {
    const url = await stage.startDemo();
    const alice = await stage.visit(url);
    const { page } = alice;
    await alice.open('/');
    await logIn(alice, 'alice');
    await page.getByText('open', { exact: true }).waitFor();
    await page.getByText(/^the server says it is /).waitFor();
    await page.getByLabel('Say something').fill('Good evening');
    await page.getByRole('button', { name: 'Say', exact: true }).click();
    await page.getByText('alice: Good evening').waitFor();
    const olivia = await stage.visit(url);
    await olivia.open('/admin/?view=sessions');
    await logIn(olivia, 'olivia');

    await olivia.page.getByRole('button', { name: /^End the session of alice/ }).click();
    await olivia.page.getByLabel('Reason').fill('lost-device');
    await olivia.page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();

    await Promise.all([
      page.getByText('closed by the server: 4401 lost-device').waitFor(FALLS_AWAY),
      page.getByText('ended by the server: session revoked, lost-device').waitFor(FALLS_AWAY),
    ]);
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    // It would be gone had the page been loaded again.
    await page.getByText('alice: Good evening').waitFor();
    await alice.checkQuiet();
    await olivia.checkQuiet();
  },
};
