import fc from 'fast-check';
import { HOST, httpDomain, type Attempt } from '../http-domain.js';
import { forbiddenByte, headerText, mutated } from '../texts.js';

const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const ROUTES = [
  ['POST', '/app/login', '{"userId":"bob"}'],
  ['POST', '/app/failed-login', '{"userId":"bob"}'],
  ['POST', '/app/write', '{}'],
  ['GET', '/app/guarded', ''],
  ['GET', '/session', ''],
  ['GET', '/sessions', ''],
  ['DELETE', '/sessions', ''],
  ['GET', '/admin/sessions', ''],
  ['POST', '/admin/sessions/revoke', '{"filter":{"userId":"mallory"}}'],
] as const;

const aUserAgent = mutated(
  fc.constantFrom(
    'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1',
    'curl/8.5.0',
    `Mozilla/5.0 (${'a '.repeat(900)})`,
    '('.repeat(2_000),
    'a/1 '.repeat(600),
  ),
  headerText(60),
);

const octets = fc.ipV4();
const anAddress = fc.oneof(
  octets,
  fc.ipV6(),
  fc.tuple(octets, fc.nat(70_000)).map(([ip, port]) => `${ip}:${port}`),
  fc.tuple(fc.ipV6(), fc.nat(70_000)).map(([ip, port]) => `[${ip}]:${port}`),
  fc.constantFrom(
    'unknown',
    '_hidden',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
    '0x7f.1',
    '1'.repeat(4_000),
  ),
  headerText(40),
);
const forwardedFor = fc
  .tuple(fc.array(anAddress, { maxLength: 6 }), fc.constantFrom(', ', ',', ' ,, '))
  .map(([list, between]) => list.join(between));

const anOrigin = fc.oneof(
  fc.constantFrom('null', 'http://127.0.0.1', 'https://127.0.0.1@evil.example', 'http://[::1', ''),
  headerText(40),
);
const optional = (name: string, value: fc.Arbitrary<string>) =>
  fc
    .option(value, { nil: undefined })
    .map((text) => (text === undefined ? [] : [[name, text] as const]));

const someHeaders = fc
  .tuple(
    optional('User-Agent', aUserAgent),
    optional('X-Forwarded-For', forwardedFor),
    optional('X-Forwarded-Proto', fc.oneof(fc.constantFrom('https', 'http,https'), headerText(20))),
    optional('X-Forwarded-Host', headerText(40)),
    optional('X-Request-Id', mutated(fc.constant('r'.repeat(200)), headerText(40))),
    optional('Origin', anOrigin),
    optional(
      'Sec-Fetch-Site',
      fc.oneof(fc.constantFrom('cross-site', 'same-site'), headerText(20)),
    ),
  )
  .map((lists) => lists.flat());

const withForbidden = fc
  .tuple(someHeaders, forbiddenByte, fc.boolean())
  .map(([headers, byte, isThere]) => (isThere ? [...headers, ['X-Odd', byte] as const] : headers));

const attempts = (): fc.Arbitrary<Attempt> =>
  fc
    .tuple(
      fc.constantFrom('nobody', 'user', 'operator'),
      fc.constantFrom(...ROUTES),
      fc.oneof({ weight: 15, arbitrary: someHeaders }, withForbidden),
    )
    .map(([role, [method, target, body], headers]) => ({
      role: role as Attempt['role'],
      request: {
        method,
        target,
        headers: [HOST, ...headers, ...(body === '' ? [] : [JSON_TYPE])],
        ...(body !== '' && { body }),
      },
    }));

/** User agents, forwarded addresses, request ids and origins of any bytes, behind a proxy that passes all on. */
export const headers = httpDomain('headers', 12, attempts);
