import { sign } from 'cookie-signature';
import fc from 'fast-check';
import { anAddress, HOST, httpDomain, type Attempt } from '../http-domain.js';
import { LEGACY_COOKIE_NAME, LEGACY_SECRET } from '../target-app.js';
import { hostileJson, hostileText, objectOf } from '../texts.js';

const ROUTES = [
  ['GET', '/app/read'],
  ['GET', '/app/guarded'],
  ['POST', '/app/write'],
  ['POST', '/app/logout'],
  ['GET', '/session'],
] as const;

const aCookie = fc.oneof(
  fc.constant({ path: '/', originalMaxAge: 86_400_000 }),
  fc.record({ originalMaxAge: fc.oneof(fc.double(), hostileJson), expires: hostileJson }),
  hostileJson,
);
const aUser = fc.oneof(fc.constantFrom('ada', 7, null), hostileText, hostileJson);

const aSession = fc
  .tuple(aCookie, fc.option(aUser), fc.array(fc.tuple(hostileText, hostileJson), { maxLength: 4 }))
  .map(([cookie, user, entries]) =>
    objectOf([...entries, ['cookie', cookie], ...(user === null ? [] : [passport(user)])]),
  );

const passport = (user: unknown) => ['passport', { user }] as const;

const DEEP = `{"cookie":{},"deep":${'['.repeat(60_000)}${']'.repeat(60_000)}}`;

/** What the application before, or somebody with access to its Redis, has written. */
const aRecord = fc.oneof(
  { weight: 8, arbitrary: aSession.map((session) => JSON.stringify(session)) },
  { weight: 1, arbitrary: hostileJson.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: hostileText },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      DEEP,
      '{"cookie":{},"\\ud800":1}',
      '{"cookie":{},"a":1e999}',
      `{"cookie":{},"big":"${'x'.repeat(200_000)}"}`,
    ),
  },
);

const attempts = (): fc.Arbitrary<Attempt> =>
  fc
    .tuple(
      fc.constantFrom(...ROUTES),
      fc.tuple(fc.uuid(), hostileText).map((parts) => parts.join('').toWellFormed()),
      aRecord,
      fc.constantFrom(-1, 1, 60_000, 86_400_000),
      anAddress,
    )
    .map(([[method, target], id, text, ttlMs, address]) => {
      const value = encodeURIComponent(`s:${sign(id, LEGACY_SECRET)}`);
      const cookie = ['Cookie', `${LEGACY_COOKIE_NAME}=${value}`] as const;
      return {
        role: 'nobody',
        request: { method, target, headers: [HOST, address, cookie] },
        legacy: { id, text, ttlMs },
      };
    });

/** Sessions of connect-redis with anything in them, and the well-signed cookies that name them. */
export const adoption = httpDomain('adoption', 6, attempts);
