import { jest } from '@jest/globals';
import { sign } from 'cookie-signature';
import { LRUCache } from 'lru-cache';
import crypto from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { newSessionId, newSessionToken } from '../core/ids.js';
import { SessionCookie } from './session-cookie.js';

const SECRET = 'a-secret-of-at-least-32-characters!';
const OLDER = 'an-older-secret-of-at-least-32-chars!';
const TOKEN = newSessionToken(newSessionId(1), 0);
const OTHER = newSessionToken(newSessionId(1), 0);
/** Behind the session id and the generation. */
const SECRET_AT = 30;

const carrying = (cookie: string): IncomingMessage =>
  ({ headers: { cookie } }) as unknown as IncomingMessage;

const valueOf = (setCookie: string): string => setCookie.slice(0, setCookie.indexOf(';'));

describe('SessionCookie', () => {
  it('reads back what it issues', () => {
    const cookie = new SessionCookie(SECRET);

    const read = cookie.read(carrying(valueOf(cookie.issue(TOKEN, undefined))));

    expect(read?.token).toBe(TOKEN);
  });

  it('reads what any of its secrets signed, and signs with the first', () => {
    const cookie = new SessionCookie([SECRET, OLDER]);

    const issued = valueOf(cookie.issue(TOKEN, undefined));

    expect(new SessionCookie(SECRET).read(carrying(issued))?.token).toBe(TOKEN);
    expect(new SessionCookie(OLDER).read(carrying(issued))).toBeUndefined();
    const older = valueOf(new SessionCookie(OLDER).issue(TOKEN, undefined));
    expect(cookie.read(carrying(older))?.token).toBe(TOKEN);
  });

  it('takes the first of two cookies of its name', () => {
    const cookie = new SessionCookie(SECRET);
    const issued = valueOf(cookie.issue(TOKEN, undefined));

    expect(cookie.read(carrying(`${issued}; ${cookie.name}=other`))?.token).toBe(TOKEN);
    expect(cookie.read(carrying(`${cookie.name}=other; ${issued}`))).toBeUndefined();
  });

  describe('that has read a value before', () => {
    const cookie = new SessionCookie([SECRET, OLDER]);
    const issued = valueOf(cookie.issue(TOKEN, undefined));
    const first = cookie.read(carrying(issued));

    it('reads the same from it again, and verifies it no more', () => {
      const hmac = jest.spyOn(crypto, 'createHmac');

      const again = cookie.read(carrying(`theme=dark; ${issued}`));

      expect(again).toEqual(first);
      expect(again?.token).toBe(TOKEN);
      expect(hmac).not.toHaveBeenCalled();
      hmac.mockRestore();
    });

    it.each([
      ['another signature', issued.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
      ['no signature', issued.slice(0, issued.indexOf('.'))],
      ['half a signature', issued.slice(0, -20)],
      ['another token under its signature', issued.replace(TOKEN, OTHER)],
      ['more behind it', `${issued}A`],
    ])('refuses the token with %s', (_name, forged) => {
      expect(cookie.read(carrying(forged))).toBeUndefined();
    });

    it('reads it also where a client writes it in another way', () => {
      const plain = `${cookie.name}=${decodeURIComponent(issued.slice(issued.indexOf('=') + 1))}`;

      expect(cookie.read(carrying(plain))).toEqual(first);
      expect(cookie.read(carrying(plain))).toEqual(first);
    });

    it('keeps neither the value nor the secret of the token', () => {
      const keep = jest.spyOn(LRUCache.prototype, 'set');

      new SessionCookie(SECRET).read(carrying(issued));
      const kept = JSON.stringify(keep.mock.calls);
      keep.mockRestore();

      expect(kept).toContain(first!.sessionId);
      expect(kept).not.toContain(TOKEN.slice(SECRET_AT));
    });
  });

  it('reads nothing signed that is not a token', () => {
    const cookie = new SessionCookie(SECRET);
    const signed = encodeURIComponent(`s:${sign('someone-else', SECRET)}`);

    expect(cookie.read(carrying(`${cookie.name}=${signed}`))).toBeUndefined();
  });

  it.each([
    [undefined, /Max-Age/, false],
    [3_600_000, /Max-Age=3600(;|$)/, true],
    [999, /Max-Age=0(;|$)/, true],
  ])('with a life of %p ms says so or not', (maxAgeMs, pattern, said) => {
    const issued = new SessionCookie(SECRET).issue(TOKEN, maxAgeMs);

    expect(pattern.test(issued)).toBe(said);
  });

  it('is removed under the same attributes', () => {
    const cookie = new SessionCookie(SECRET, { name: 'id', path: '/app', domain: 'example.com' });

    expect(cookie.clear()).toBe(
      'id=; Domain=example.com; Path=/app; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ' +
        'HttpOnly; Secure; SameSite=Lax',
    );
  });

  it.each([
    ['secret', () => new SessionCookie('')],
    ['secret', () => new SessionCookie([])],
    ['secret', () => new SessionCookie([SECRET, 'short'])],
    ['cookie.name', () => new SessionCookie(SECRET, { name: 'a b' })],
    ['cookie.path', () => new SessionCookie(SECRET, { name: 'id', path: 'app' })],
    ['cookie.path', () => new SessionCookie(SECRET, { path: '/app' })],
    [
      'cookie.name',
      () => new SessionCookie(SECRET, { name: '__Secure-id', insecureDevelopment: true }),
    ],
    [
      'cookie.partitioned',
      () => new SessionCookie(SECRET, { partitioned: true, insecureDevelopment: true }),
    ],
    ['cookie.sameSite', () => new SessionCookie(SECRET, { sameSite: 'no' as never })],
  ])('refuses a wrong %s', (option, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'SESSION_CONFIG_INVALID', option }));
  });
});
