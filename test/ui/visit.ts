import axe from 'axe-core';
import { strict as assert } from 'node:assert';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { PASSWORD } from './ui-app.js';

export interface VisitOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly reducedMotion?: 'reduce';
}

/** Answers that scenarios ask for on purpose; the browser notes each of them as an error. */
const EXPECTED = /Failed to load resource: the server responded with a status of 4/;
const CUT = /net::ERR_/;

/** A browser window, and everything that went wrong in it. */
export class Visit {
  readonly problems: string[] = [];
  private readonly hosts = new Set<string>();

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly url: string,
  ) {}

  static async begin(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
    const { width = 1_440, ...rest } = options;
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      timezoneId: 'Europe/Vienna',
      acceptDownloads: true,
      ...rest,
    });
    const visit = new Visit(await context.newPage(), context, url);
    visit.watch();
    return visit;
  }

  /** Follows the page to the application's own way in, and comes back. */
  async signIn(user: string, path: string, tenant = ''): Promise<void> {
    await this.page.goto(`${this.url}${path}`);
    await this.answerSignIn(user, tenant);
    const page = `${this.url}${path.split('?')[0]}`;
    await this.page.waitForURL((address) => address.href.startsWith(page));
  }

  /** Fills in the application's own form. */
  async answerSignIn(user: string, tenant = ''): Promise<void> {
    await this.page.getByLabel('User').fill(user);
    await this.page.getByLabel('Tenant').fill(tenant);
    await this.page.getByLabel('Password').fill(PASSWORD);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${this.url}${path}`);
  }

  /** How the window would be answered now, by a route for those who are signed in. */
  status(): Promise<number> {
    return this.page.evaluate(async (url) => (await fetch(url)).status, `${this.url}/whoami`);
  }

  /** @throws AssertionError naming each rule that is broken, and where */
  async checkAccessibility(): Promise<void> {
    await this.page.evaluate(axe.source);
    const { violations } = (await this.page.evaluate('axe.run()')) as AxeResults;
    const found = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join('; ')}`,
    );
    assert.deepEqual(found, []);
  }

  /** Nothing in the console, nothing that the policy had to stop, no other host, no sideways scroll. */
  async checkQuiet(): Promise<void> {
    assert.deepEqual(this.problems, []);
    assert.deepEqual([...this.hosts], [new URL(this.url).host]);
    const overflow = await this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(overflow <= 0, `the page is ${overflow} pixels too wide`);
  }

  async end(): Promise<void> {
    await this.context.close();
  }

  private watch(): void {
    const { page } = this;
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      if (!EXPECTED.test(text) && !CUT.test(text)) this.problems.push(text);
    });
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('dialog', (dialog) => {
      this.problems.push(`a script opened a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith('http')) this.hosts.add(host);
    });
  }
}
