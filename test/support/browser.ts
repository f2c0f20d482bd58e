/** One answer, with what it did to the jar it came through. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** The session cookie set by this answer: a value, '' where it was removed, undefined where untouched. */
  readonly setCookie: string | undefined;
  json<Body = Record<string, unknown>>(): Body;
}

/** A cookie jar for one site, and the requests that go through it. */
export class Browser {
  readonly cookies = new Map<string, string>();

  constructor(private readonly url: string) {}

  get(path: string, init: RequestInit = {}): Promise<Answer> {
    return this.send(path, { ...init, method: 'GET' });
  }

  post(path: string, init: RequestInit = {}): Promise<Answer> {
    return this.send(path, { ...init, method: 'POST' });
  }

  delete(path: string, init: RequestInit = {}): Promise<Answer> {
    return this.send(path, { ...init, method: 'DELETE' });
  }

  /** Another browser that holds the same cookies now. */
  copy(): Browser {
    const copy = new Browser(this.url);
    for (const [name, value] of this.cookies) copy.cookies.set(name, value);
    return copy;
  }

  private async send(path: string, init: RequestInit): Promise<Answer> {
    const headers = new Headers(init.headers);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie !== '') headers.set('cookie', cookie);
    const response = await fetch(`${this.url}${path}`, { ...init, headers, redirect: 'manual' });
    const text = await response.text();
    const setCookie = this.take(response.headers.getSetCookie());
    return {
      status: response.status,
      text,
      headers: response.headers,
      setCookie,
      json: <Body>() => JSON.parse(text) as Body,
    };
  }

  private take(setCookies: readonly string[]): string | undefined {
    let last: string | undefined;
    for (const setCookie of setCookies) {
      const [pair = ''] = setCookie.split(';');
      const name = pair.slice(0, pair.indexOf('='));
      last = pair.slice(name.length + 1);
      if (last === '') this.cookies.delete(name);
      else this.cookies.set(name, last);
    }
    return last;
  }
}
