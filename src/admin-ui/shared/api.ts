import type { HttpErrorBody } from '../../express/http-error.js';

/** The API's errors, of which those of the application's own guards have less. */
type ErrorBody = Partial<HttpErrorBody> & { readonly parameter?: string };

export type Query = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/** The API refused, or could not be asked; then `status` is 0. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Why a session ended. */
    readonly reason?: string,
    /** The parameter that the API refuses. */
    readonly parameter?: string,
  ) {
    super(message);
  }

  /** Nobody is signed in any more. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }

  /** What the API says of this field of the request, if that is what it refused. */
  about(field: string): string | undefined {
    return this.parameter === field || this.parameter === `filter.${field}`
      ? this.message
      : undefined;
  }
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** `page`: what the page reads by itself, which keeps nobody signed in. Default: `reader`. */
  readonly by?: 'reader' | 'page';
}

export interface ApiOptions {
  /** Where the API is, relative to the document; ends with a slash. */
  readonly base: string;
  readonly csrfHeader: string;
  /** The token that changes are sent with; undefined where the application asks for none. */
  readonly csrfToken: () => Promise<string | undefined>;
}

/** Asks the API in the name of whoever is signed in. */
export class Api {
  constructor(private readonly options: ApiOptions) {}

  address(path: string, query: Query = {}): string {
    const address = new URL(`${this.options.base}${path}`, document.baseURI);
    for (const [name, value] of Object.entries(query)) {
      const values = Array.isArray(value) ? value : [value];
      for (const one of values) if (one !== undefined) address.searchParams.append(name, `${one}`);
    }
    return address.href;
  }

  get<Answer>(
    path: string,
    query?: Query,
    { signal, by = 'reader' }: ReadOptions = {},
  ): Promise<Answer> {
    return this.send('GET', this.address(path, query), {
      ...(signal && { signal }),
      ...(by === 'page' && { headers: { 'x-gatehouse-passive': '1' } }),
    });
  }

  change<Answer = void>(
    method: 'POST' | 'DELETE',
    path: string,
    { query, body }: { readonly query?: Query; readonly body?: unknown } = {},
  ): Promise<Answer> {
    return this.sendChange(method, this.address(path, query), body);
  }

  /** Sends to a route of the application's own, by its address. */
  async at(address: string, body: unknown): Promise<void> {
    await this.sendChange('POST', new URL(address, document.baseURI).href, body);
  }

  /** An answer to be read piece by piece. @throws ApiError */
  async open(path: string, query?: Query, signal?: AbortSignal): Promise<Response> {
    const response = await ask(this.address(path, query), signal && { signal });
    if (!response.ok) throw await errorOf(response);
    return response;
  }

  private async sendChange<Answer>(
    method: string,
    address: string,
    body: unknown,
  ): Promise<Answer> {
    const headers = new Headers();
    const token = await this.options.csrfToken();
    if (token !== undefined) headers.set(this.options.csrfHeader, token);
    if (body !== undefined) headers.set('content-type', 'application/json');
    return this.send(method, address, {
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  private async send<Answer>(
    method: string,
    address: string,
    init: RequestInit = {},
  ): Promise<Answer> {
    const headers = new Headers(init.headers);
    headers.set('accept', 'application/json');
    const response = await ask(address, { ...init, method, headers });
    if (!response.ok) throw await errorOf(response);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }
}

async function ask(address: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(address, { credentials: 'same-origin', cache: 'no-store', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'UNREACHABLE', 'The server cannot be reached');
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  const body = parse(text);
  const { code = `HTTP_${response.status}`, message = response.statusText } = body;
  return new ApiError(response.status, code, message, body.reason, body.parameter);
}

/** A proxy may answer with anything. */
function parse(text: string): ErrorBody {
  try {
    return (JSON.parse(text) as ErrorBody | null) ?? {};
  } catch {
    return {};
  }
}
