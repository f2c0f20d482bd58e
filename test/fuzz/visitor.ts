import { parse } from 'cookie';
import { header, send, type RawAnswer } from './raw-http.js';
import { COOKIE_NAME, type TargetApp } from './target-app.js';

/** Someone with an account, who signs in again whenever the session has ended. */
export class Visitor {
  private held: string | undefined;

  constructor(
    private readonly app: TargetApp,
    private readonly userId: string,
  ) {}

  /** A Cookie header of a session that is good, as far as the visitor has been told. */
  async cookie(): Promise<string> {
    if (this.held === undefined) await this.signIn();
    return `${COOKIE_NAME}=${this.held}`;
  }

  /** Minds what an answer to the visitor did to the cookie. */
  absorb(answer: RawAnswer): void {
    const [setCookie] = header(answer, 'set-cookie').filter((text) => text.startsWith(COOKIE_NAME));
    if (answer.status === 401 || answer.status === 403) this.held = undefined;
    if (setCookie === undefined) return;
    const value = setCookie.slice(COOKIE_NAME.length + 1, setCookie.indexOf(';'));
    this.held = value === '' ? undefined : value;
  }

  private async signIn(): Promise<void> {
    const answer = await send(this.app.port, {
      method: 'POST',
      target: '/app/login',
      headers: [
        ['Host', '127.0.0.1'],
        ['Content-Type', 'application/json'],
      ],
      body: JSON.stringify({ userId: this.userId }),
    });
    this.absorb(answer);
    if (this.held === undefined) throw new Error(`Cannot sign in: ${answer.status} ${answer.body}`);
  }
}

/** The text that was signed into a cookie, with its signature. */
export const signedTextOf = (cookieHeader: string): string =>
  (parse(cookieHeader)[COOKIE_NAME] ?? '').slice('s:'.length);
