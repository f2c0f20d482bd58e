import fc from 'fast-check';
import { anAddress, HOST, httpDomain, type Attempt } from '../http-domain.js';
import { hostileJson, hostileText, objectOf } from '../texts.js';

const ROUTES = [
  ['POST', '/app/write'],
  ['POST', '/app/merge'],
  ['POST', '/app/login'],
  ['POST', '/app/failed-login'],
  ['POST', '/app/regenerate'],
  ['POST', '/admin/sessions/revoke'],
  ['POST', '/admin/users/mallory/block'],
  ['DELETE', '/sessions'],
  ['DELETE', '/admin/users/mallory/sessions'],
] as const;

const TYPES = [
  ...Array.from({ length: 6 }, () => 'application/json'),
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'application/json; charset=nonsense',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  '*/*',
  '',
];

const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

const aField = fc.tuple(
  fc.oneof(
    fc.constantFrom(
      'userId',
      'tenantId',
      'reason',
      'until',
      'filter',
      'passport',
      'cookie',
      'save',
    ),
    hostileText,
  ),
  fc.oneof(
    hostileJson,
    hostileText.map((user) => ({ user })),
    fc.constant({ originalMaxAge: 1e300 }),
  ),
);
const aDocument = fc.oneof(fc.array(aField, { maxLength: 6 }).map(objectOf), hostileJson);

const nested = fc
  .tuple(fc.integer({ min: 1, max: 45_000 }), fc.constantFrom(['[', ']'], ['{"a":', '}']))
  .map(([depth, [open, close]]) => [open!.repeat(depth), close!.repeat(depth)] as const)
  .map(([left, right]) => (left + (left.endsWith(':') ? '1' : '') + right).slice(0, 120_000));

/** JSON that says the same name twice, or numbers that no double holds. */
const odd = fc.constantFrom(
  '{"userId":"a","userId":"b","userId":{}}',
  '{"a":1e99999,"b":-1e99999}',
  `{"a":${'9'.repeat(5_000)}}`,
  '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}}',
  '{"a":"\\ud800"}',
  '{"\\ud800":1}',
  '{"a":"\\u0000"}',
  '[',
  '{',
  'nul',
  '""',
  '\ufeff{}',
  ' '.repeat(5_000),
  `[${'0,'.repeat(40_000)}0]`,
  `{"a":"${'x'.repeat(110_000)}"}`,
);

const aBody = fc.oneof(
  { weight: 6, arbitrary: aDocument.map((value) => utf8(JSON.stringify(value))) },
  { weight: 2, arbitrary: odd.map(utf8) },
  { weight: 1, arbitrary: nested.map((text) => `{"userId":"bob","deep":${text}}`) },
  { weight: 2, arbitrary: fc.tuple(aDocument, fc.nat(60)).map(cutShort) },
  {
    weight: 2,
    arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => `{"userId":"${latin1(bytes)}"}`),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map(latin1) },
  { weight: 1, arbitrary: aForm() },
);

function cutShort([value, at]: readonly [unknown, number]): string {
  return utf8(JSON.stringify(value)).slice(0, at);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function aForm(): fc.Arbitrary<string> {
  const name = fc.constantFrom(
    'userId',
    'userId[]',
    'a[b][c][d][e][f]',
    '__proto__[x]',
    'a[999999]',
  );
  return fc
    .array(fc.tuple(name, hostileText), { maxLength: 5 })
    .map((fields) =>
      fields.map(([key, text]) => `${key}=${encodeURIComponent(text.toWellFormed())}`),
    )
    .map((fields) => fields.join('&'));
}

const attempts = (): fc.Arbitrary<Attempt> =>
  fc
    .tuple(
      fc.constantFrom('nobody', 'user', 'operator'),
      fc.constantFrom(...ROUTES),
      fc.constantFrom(...TYPES),
      fc.constantFrom([], [], [], [['Content-Encoding', 'gzip'] as const]),
      aBody,
      anAddress,
    )
    .map(([role, [method, target], type, encoding, body, address]) => ({
      role: role as Attempt['role'],
      request: {
        method,
        target,
        headers: [HOST, address, ['Content-Type', type], ...encoding],
        body,
      },
    }));

/** Bodies deep, huge, cut, of no encoding or of another than they say, which handlers put into the session. */
export const bodies = httpDomain('bodies', 10, attempts);
