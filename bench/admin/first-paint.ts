import { chromium, type Browser } from 'playwright-core';
import { findChromium } from '../../test/support/launcher/index.mjs';
import { Visit } from '../../test/ui/visit.js';
import { quantile } from './measure.js';

/** Milliseconds from asking for the page to fifty rows of the table on the screen. */
export interface FirstPaint {
  readonly p50: number;
  readonly longest: number;
  readonly loads: number;
}

const LOADS = 10;
const ROWS = 50;

/** With an empty cache each time, as of somebody who has never been here. */
export async function firstPaint(url: string): Promise<FirstPaint> {
  const browser = await chromium.launch({
    executablePath: await findChromium(),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  const times: number[] = [];
  for (let load = 0; load < LOADS; load += 1) times.push(await paint(browser, url));
  await browser.close();
  return { p50: quantile(times, 0.5), longest: quantile(times, 1), loads: LOADS };
}

async function paint(browser: Browser, url: string): Promise<number> {
  const visit = await Visit.begin(browser, url);
  await visit.page.addInitScript(watchRows, ROWS);
  await visit.signIn('operator', '/admin/?view=emergency');
  const { page } = visit;
  const network = await page.context().newCDPSession(page);
  await network.send('Network.clearBrowserCache');
  await visit.open('/admin/?view=sessions');
  const painted = await page.waitForFunction(() => Reflect.get(window, 'paintedAt') as number);
  const time = await painted.jsonValue();
  await visit.end();
  return time;
}

/** In the page, before any of it: notes when that many rows have been painted. */
function watchRows(rows: number): void {
  const watcher = new MutationObserver(() => {
    if (document.querySelectorAll('tbody tr').length < rows) return;
    watcher.disconnect();
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => Reflect.set(window, 'paintedAt', performance.now());
      channel.port2.postMessage(undefined);
    });
  });
  watcher.observe(document, { childList: true, subtree: true });
}
