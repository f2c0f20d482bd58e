import { requireThat } from './domain.js';
import { header, type RawAnswer, type RawRequest } from './raw-http.js';
import { holdsSecret } from './secrets.js';
import { COOKIE_NAME, REACHED } from './target-app.js';
import { DATA_MARKER } from './target-controller.js';

const MAX_ANSWER_BYTES = 1_048_576;
/** Of a request for one session: resolve it, log in over it, keep what others wrote, tell the audit. */
const MAX_CALLS = 8;
/** Of a search: one read a shard, and then as much as 1,000 entries examined cost one by one. */
const MAX_SEARCH_CALLS = 2 * 64 + 1_000 / 16 + 1_000;

const OWN_CODE = /^(SESSION|CSRF)_[A-Z_]+$/;
const ISSUED = /^sid=(|s%3A[A-Za-z0-9_-]{72}\.[A-Za-z0-9%]+);/;
/** But for the tab, which HTTP lets through. */
const CONTROL_CHARACTERS = /[^\t\P{Cc}]/u;

/** What any answer to anything has to be. @throws Violation */
export function judge(request: RawRequest, answer: RawAnswer, calls: number): void {
  const { status } = answer;
  const told = `${status} ${answer.body.slice(0, 200)}`;
  requireThat(status < 500, `no request causes a fault of the server: ${told}`);
  requireThat(
    status < 400 || isExplained(request, answer),
    `a refusal has a code of ours: ${told}`,
  );
  requireThat(calls <= maxCallsOf(request), `work is bounded: ${calls} store calls, ${told}`);
  requireThat(answer.bytes <= MAX_ANSWER_BYTES, `answers are bounded: ${answer.bytes} bytes`);
  requireThat(!answer.body.includes(DATA_MARKER), `no answer shows session data: ${told}`);
  requireThat(!holdsSecret(answer.body), `no answer shows a token or its hash: ${told}`);
  for (const [name, value] of answer.headers)
    requireThat(!CONTROL_CHARACTERS.test(value), `headers are clean: ${name}: ${value}`);
  judgeCookie(answer);
}

function judgeCookie(answer: RawAnswer): void {
  const own = header(answer, 'set-cookie').filter((text) => text.startsWith(`${COOKIE_NAME}=`));
  requireThat(own.length <= 1, `one answer sets the cookie once: ${own.join(' and ')}`);
  for (const setCookie of own)
    requireThat(ISSUED.test(setCookie), `only tokens of ours are issued: ${setCookie}`);
}

function maxCallsOf({ method, target }: RawRequest): number {
  const [path = ''] = target.split('?');
  if (path === '/admin/sessions') return MAX_SEARCH_CALLS;
  // Ends as many sessions as match, of however many there are.
  const isBulk = method === 'POST' && path === '/admin/sessions/revoke';
  return isBulk ? Infinity : MAX_CALLS;
}

/** By a code of ours or, where the request never came to our code, by whoever it came to. */
function isExplained({ target }: RawRequest, answer: RawAnswer): boolean {
  const { code, message } = jsonOf(answer.body);
  if (typeof code === 'string') return OWN_CODE.test(code);
  const text = String(message);
  const isNoRoute = answer.status === 404 && text.startsWith('Cannot ');
  // "GET *" asks for the server itself, which no middleware is mounted at.
  if (header(answer, REACHED).length === 0)
    return [400, 413, 415, 431].includes(answer.status) || (isNoRoute && !target.startsWith('/'));
  return (
    isNoRoute ||
    (answer.status === 400 && text.startsWith('Failed to decode param')) ||
    (answer.status === 403 && text === 'Forbidden') ||
    answer.body === ''
  );
}

function jsonOf(text: string): { readonly code?: unknown; readonly message?: unknown } {
  try {
    return (JSON.parse(withoutChunkSizes(text)) ?? {}) as object;
  } catch {
    return {};
  }
}

const withoutChunkSizes = (text: string): string => text.replaceAll(/^[\da-f]+\r\n|\r\n0?/gm, '');
