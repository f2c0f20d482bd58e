import type { Request } from 'express';
import { newSessionId } from '../../core/ids.js';
import { CsrfPolicy, ownOriginOf, type CsrfOptions } from './csrf-policy.js';

const SECRETS = ['a-secret-of-at-least-32-characters!'];
const TRUSTED = new Set(['https://www.partner.example']);
const OWN = 'https://shop.example';
const ID = newSessionId(0);

const policyWith = (options: CsrfOptions = {}): CsrfPolicy =>
  new CsrfPolicy({ secrets: SECRETS, trustedOrigins: TRUSTED, options });

const aPost = (headers: Readonly<Record<string, string>>): Request =>
  ({ method: 'POST', protocol: 'https', host: 'shop.example', headers }) as never;

describe('the origin of the application', () => {
  it.each([
    ['https', 'shop.example', 'https://shop.example'],
    ['https', 'SHOP.example:443', 'https://shop.example'],
    ['http', 'shop.example:80', 'http://shop.example'],
    ['https', 'shop.example:8443', 'https://shop.example:8443'],
    ['http', '[::1]:3000', 'http://[::1]:3000'],
    ['http', '127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ])('over %s at %s is as browsers spell it', (protocol, host, origin) => {
    expect(ownOriginOf({ protocol, host })).toBe(origin);
  });

  it.each([
    ['https', 'evil.example@shop.example'],
    ['https', 'shop.example/evil.example'],
    ['https', 'shop.example#'],
    ['https', 'shop.example, evil.example'],
    ['https', 'shop.example:99999'],
    ['https', '[::1'],
    ['https', ''],
    ['https', undefined as never],
    ['foo', 'shop.example'],
    ['', 'shop.example'],
  ])('over %s at %s is none', (protocol, host) => {
    expect(ownOriginOf({ protocol, host })).toBeUndefined();
  });
});

describe('a state-changing request', () => {
  it.each<[Record<string, string>]>([
    [{ 'sec-fetch-site': 'same-origin' }],
    [{ 'sec-fetch-site': 'same-origin', origin: OWN }],
    [{ 'sec-fetch-site': 'none' }],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://www.partner.example' }],
    [{ origin: 'https://www.partner.example' }],
    [{ origin: OWN }],
    [{}],
  ])('passes with %j', (headers) => {
    expect(policyWith().refusalOf(aPost(headers), undefined)).toBeUndefined();
  });

  it.each<[Record<string, string>]>([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ 'sec-fetch-site': 'cross-site', origin: OWN }],
    [{ 'sec-fetch-site': '' }],
    [{ 'sec-fetch-site': 'same-origin, cross-site' }],
    [{ 'sec-fetch-site': 'cross-site', origin: 'null' }],
    [{ origin: 'null' }],
    [{ origin: '' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'http://shop.example' }],
    [{ origin: 'https://shop.example:8443' }],
    [{ origin: 'https://shop.example.evil.example' }],
    [{ origin: 'https://shop.example@evil.example' }],
    [{ origin: 'https://evil.example@shop.example' }],
    [{ origin: 'https://shop.example/' }],
    [{ origin: 'https://shop.example, https://evil.example' }],
    [{ origin: 'https://sub.www.partner.example' }],
    [{ origin: 'https://www.partner.example.evil.example' }],
    [{ origin: 'https://user@www.partner.example' }],
    [{ origin: 'HTTPS://WWW.PARTNER.EXAMPLE' }],
  ])('does not pass with %j', (headers) => {
    expect(policyWith().refusalOf(aPost(headers), undefined)).toBe('cross-site');
  });

  it('does not pass as of no origin where the application has none either', () => {
    const request = { ...aPost({ origin: 'null' }), protocol: 'foo' } as Request;

    expect(policyWith().refusalOf(request, undefined)).toBe('cross-site');
  });

  it('without a word of a browser does not pass in strict mode', () => {
    expect(policyWith({ strict: true }).refusalOf(aPost({}), undefined)).toBe('origin-missing');
    expect(policyWith({ strict: true }).refusalOf(aPost({ origin: OWN }), undefined)).toBe(
      undefined,
    );
  });
});

describe('a state-changing request where a token is asked for', () => {
  const policy = policyWith({ token: true, tokenHeader: 'X-Anti-Forgery' });
  const fromOwnPage = { 'sec-fetch-site': 'same-origin' };

  it('passes with a token of its session', () => {
    const request = aPost({ ...fromOwnPage, 'x-anti-forgery': policy.issueToken(ID) });

    expect(policy.refusalOf(request, ID)).toBeUndefined();
  });

  it('passes without one where it holds no session', () => {
    expect(policy.refusalOf(aPost(fromOwnPage), undefined)).toBeUndefined();
  });

  it.each([
    ['token-missing', {}],
    ['token-missing', { 'x-anti-forgery': '' }],
    ['token-missing', { 'x-csrf-token': policy.issueToken(ID) }],
    ['token-invalid', { 'x-anti-forgery': policy.issueToken(newSessionId(0)) }],
    ['token-invalid', { 'x-anti-forgery': 'guessed' }],
  ])('is refused as %s with %j', (refusal, headers) => {
    expect(policy.refusalOf(aPost({ ...fromOwnPage, ...headers }), ID)).toBe(refusal);
  });

  it('is refused from another site, whatever its token', () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'x-anti-forgery': policy.issueToken(ID) };

    expect(policy.refusalOf(aPost(headers), ID)).toBe('cross-site');
  });
});

describe('a request that changes nothing', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('passes as %s from anywhere', (method) => {
    const request = { ...aPost({ 'sec-fetch-site': 'cross-site' }), method } as Request;

    expect(policyWith({ strict: true, token: true }).refusalOf(request, ID)).toBeUndefined();
  });
});
