import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { DataSource } from 'typeorm';
import { AuditEventRow } from '../../../src/audit/audit-event-row.entity.js';
import type { Scenario } from '../scenario.js';
import { populate, signInAt } from '../visitors.js';

const rowOf = (page: Page, user: string) => page.getByRole('row').filter({ hasText: user });

export const endsASession: Scenario = {
  name: 'an operator finds a user, sees a browser sign in, and ends its session',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 6);
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=sessions');
    const { page } = operator;
    await page.getByLabel('Find user').fill('alice');
    await page.getByText('No session matches.').waitFor();
    const alice = await stage.visit(url);

    await alice.signIn('alice', '/account/sessions/');
    await rowOf(page, 'alice').waitFor();
    await page.getByRole('button', { name: /^End the session of alice/ }).click();
    await page.getByLabel('Reason').fill('lost-device');
    await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();

    await page.getByText('The session was ended.').waitFor();
    await rowOf(page, 'alice').waitFor({ state: 'detached' });
    assert.equal(await alice.status(), 401);
    await page.getByRole('link', { name: 'Audit' }).click();
    await rowOf(page, 'lost-device').filter({ hasText: 'alice' }).waitFor();
    await operator.checkQuiet();
  },
};

export const seesOthersEnd: Scenario = {
  name: 'a session that ends elsewhere disappears by itself',
  async run(stage) {
    const { url } = await stage.start();
    const alice = await stage.visit(url);
    await alice.signIn('alice', '/account/sessions/');
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=user&user=alice');
    await operator.page.getByText('Chrome on Linux').first().waitFor();

    await alice.page.getByRole('button', { name: 'Sign out here' }).click();
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();

    await operator.page.getByText('No live session.').waitFor();
    await alice.page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await operator.checkQuiet();
  },
};

export const endsMatching: Scenario = {
  name: 'all that match are counted first, confirmed by number, and ended',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 12);
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=sessions');
    const { page } = operator;

    await page.getByLabel('Tenant').fill('acme');
    await page.getByRole('button', { name: 'End all that match…' }).click();
    await page.getByText('4 sessions would end.').waitFor();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'End 4 sessions' });
    assert.equal(await confirm.isDisabled(), true);
    await page.getByLabel('Type 4 to confirm').fill('4');
    await confirm.click();

    await page.getByText('4 sessions ended.').waitFor();
    await page.getByText('No session matches.').waitFor();
    await operator.checkQuiet();
  },
};

export const endsSelected: Scenario = {
  name: 'those that are selected are ended together, and what had ended before is told',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 3);
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=sessions');
    const { page } = operator;

    await page.getByRole('checkbox', { name: 'Select all on this page' }).click();
    await page.getByText('3 selected').waitFor();
    await page.getByRole('button', { name: 'End selected' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End 3 sessions' }).click();

    await page.getByText('3 sessions ended.').waitFor();
    await page.getByText('1 session', { exact: true }).waitFor();
    await operator.checkQuiet();
  },
};

export const tellsWhatFailed: Scenario = {
  name: 'where one of many cannot be ended, the others are, and it is named and stays',
  async run(stage) {
    const { url } = await stage.start();
    for (const user of ['alice', 'bob', 'carol']) await signInAt(url, { user });
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=sessions');
    const { page } = operator;
    await rowOf(page, 'bob').waitFor();
    const list = (await page.evaluate(async () => (await fetch('sessions')).json())) as {
      readonly items: readonly { readonly id: string; readonly userId: string }[];
    };
    const bob = list.items.find(({ userId }) => userId === 'bob');
    assert.ok(bob);
    await page.route(`**/admin/sessions/${bob.id}`, (route) =>
      route.fulfill({ status: 429, json: { code: 'SESSION_THROTTLED', message: 'Too much' } }),
    );

    await page.getByRole('checkbox', { name: 'Select all on this page' }).click();
    await page.getByRole('button', { name: 'End selected' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End 3 sessions' }).click();

    await page.getByText('2 sessions ended. 1 session could not be ended.').waitFor();
    await page.getByText(/^bob, .*Too much \(SESSION_THROTTLED\)/).waitFor();
    await rowOf(page, 'alice').waitFor({ state: 'detached' });
    await rowOf(page, 'bob').waitFor();
    await operator.checkQuiet();
  },
};

export const sendsCsrfTokens: Scenario = {
  name: 'both pages send a token where the application asks for one',
  async run(stage) {
    const { url } = await stage.start({ sessions: { csrf: { token: true } } });
    await signInAt(url, { user: 'alice' });
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=user&user=alice');
    const { page } = operator;
    const bare = await page.evaluate(async () => {
      const [{ id }] = (await (await fetch('users/alice/sessions')).json()).items;
      return (await fetch(`sessions/${id}`, { method: 'DELETE' })).status;
    });
    assert.equal(bare, 403);

    await page.getByRole('button', { name: /^End the session of alice/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
    await page.getByText('The session was ended.').waitFor();
    await operator.open('/account/sessions/');
    await page.getByRole('button', { name: 'Sign out here' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();

    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await operator.checkQuiet();
  },
};

export const managesAUser: Scenario = {
  name: 'a user is blocked and let in again, and keeps one session of several',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 25);
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=user&user=noah.fischer');
    const { page } = operator;

    await page.getByRole('button', { name: 'Block until…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByText('Blocked until').waitFor();
    await page.getByRole('button', { name: 'Lift the block' }).click();
    await page.getByText('are let in again').waitFor();
    await page.getByRole('button', { name: 'Keep only this' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep only this' }).click();

    await page.getByText(/sessions? ended\./).waitFor();
    await page.getByRole('button', { name: 'Keep only this' }).waitFor({ state: 'detached' });
    await operator.checkQuiet();
  },
};

/** In place of the browser's own dialog, which nobody can answer here: files of the page's own. */
function pickPrivateFiles(): void {
  const showSaveFilePicker = async ({ suggestedName }: { readonly suggestedName: string }) =>
    (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
  Object.assign(window, { showSaveFilePicker });
}

/** What the page has written to the private file whose name ends so. */
async function readPrivateFile(end: string): Promise<string> {
  const folder = await navigator.storage.getDirectory();
  const files = folder as unknown as AsyncIterable<readonly [string, FileSystemFileHandle]>;
  for await (const [name, file] of files)
    if (name.endsWith(end)) return (await file.getFile()).text();
  return '';
}

export const exportsAndVerifies: Scenario = {
  name: 'the audit is written to a file in both formats, row by row, and verified',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 10);
    const operator = await stage.visit(url);
    const { page } = operator;
    await page.addInitScript(pickPrivateFiles);
    await operator.signIn('operator', '/admin/?view=audit');
    await page.getByRole('row').nth(11).waitFor();

    for (const [name, end, lines] of [
      ['Export CSV', '.csv', 12],
      ['Export JSON Lines', '.jsonl', 11],
    ] as const) {
      await page.getByRole('button', { name }).click();
      await page.getByText(new RegExp(`11 rows saved as .*${end}`)).waitFor();
      const file = await page.evaluate(readPrivateFile, end);
      assert.equal(file.trimEnd().split('\n').length, lines);
    }
    await page.getByRole('button', { name: 'Verify' }).click();

    await page.getByText(/Nothing is wrong in 11 rows/).waitFor();
    await operator.checkQuiet();
  },
};

export const leavesDownloadsToTheBrowser: Scenario = {
  name: 'the audit is downloaded by the browser where a page may write no file',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 3);
    const operator = await stage.visit(url);
    const { page } = operator;
    await page.addInitScript(() => void Reflect.deleteProperty(window, 'showSaveFilePicker'));
    await operator.signIn('operator', '/admin/?view=audit');
    await page.getByRole('row').nth(4).waitFor();

    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export CSV' }).click();

    await page.getByText('4 rows to come.').waitFor();
    assert.equal((await saved).suggestedFilename(), 'audit.csv');
    const file = await readFile(await (await saved).path(), 'utf8');
    assert.equal(file.trimEnd().split('\n').length, 5);
    await operator.checkQuiet();
  },
};

export const namesTheBrokenRow: Scenario = {
  name: 'verifying names the row that was changed',
  async run(stage) {
    const { url, app } = await stage.start();
    await populate(url, 4);
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=audit');
    const { page } = operator;
    await page.getByRole('row').nth(5).waitFor();
    const rows = app.get(DataSource).getRepository(AuditEventRow);
    const [row] = await rows.find({ take: 1 });
    assert.ok(row);
    await rows.update({ eventId: row.eventId }, { reason: 'forged' });

    await page.getByRole('button', { name: 'Verify' }).click();

    const place = `chain ${row.chain}, row ${row.chainSeq}`;
    await page.getByRole('listitem').filter({ hasText: place }).getByText(row.eventId).waitFor();
    await operator.checkAccessibility();
    await operator.checkQuiet();
  },
};

export const narrowsTheAudit: Scenario = {
  name: 'a bar of the audit narrows the time range, and a row tells all of its event',
  async run(stage) {
    const { url } = await stage.start();
    await populate(url, 5);
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=audit');
    const { page } = operator;

    await page.getByText('As a table').click();
    await page.getByRole('button', { name: /6 events/ }).click();
    await page.waitForURL(/from=.*to=/);
    await page
      .getByRole('button', { name: /Details of Signed in/ })
      .first()
      .click();

    await page.getByRole('dialog').getByText('chainSeq').waitFor();
    await operator.checkQuiet();
  },
};

export const endsEverything: Scenario = {
  name: 'everything is ended after its phrase was typed, and the operator comes back to its result',
  async run(stage) {
    const { url } = await stage.start();
    const alice = await stage.visit(url);
    await alice.signIn('alice', '/account/sessions/');
    const operator = await stage.visit(url);
    await operator.signIn('operator', '/admin/?view=emergency');
    const { page } = operator;

    await page.getByRole('button', { name: /^End every session of everybody/ }).click();
    await page.getByLabel('Type end every session to confirm').fill('end every session');
    await page.getByRole('dialog').getByRole('button', { name: 'End every session' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    assert.equal(await alice.status(), 401);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await operator.answerSignIn('operator');

    await page.getByText('Every session has been ended.').first().waitFor();
  },
};
