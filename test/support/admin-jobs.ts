import type { JobView, RevokeJobView } from '../../src/admin/index.js';
import type { Answer, Browser } from './browser.js';

const JSON_TYPE = { 'content-type': 'application/json' };

export const postJson = (browser: Browser, path: string, body: unknown): Promise<Answer> =>
  browser.post(path, { headers: JSON_TYPE, body: JSON.stringify(body) });

/** Asks about a job until it is over. */
export async function overJob<View extends JobView>(
  browser: Browser,
  begun: Answer,
): Promise<View> {
  if (begun.status !== 202) throw new Error(`No job: ${begun.status} ${begun.text}`);
  let job = begun.json<View>();
  while (job.state === 'running') job = (await browser.get(`/admin/jobs/${job.id}`)).json<View>();
  return job;
}

/** Ends by filter, and waits for the outcome. */
export const revoke = async (browser: Browser, body: unknown): Promise<RevokeJobView> =>
  overJob<RevokeJobView>(browser, await postJson(browser, '/admin/sessions/revoke', body));
