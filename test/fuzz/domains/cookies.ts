import { sign } from 'cookie-signature';
import fc from 'fast-check';
import { composeSessionId, composeSessionToken } from '../../../src/core/ids.js';
import { anAddress, HOST, httpDomain, type Attempt, type Lures } from '../http-domain.js';
import { COOKIE_NAME, LEGACY_COOKIE_NAME, LEGACY_SECRET, SECRET } from '../target-app.js';
import { forbiddenByte, headerText, hostileText, mutated, toHeaderText } from '../texts.js';

const ROUTES = [
  ['GET', '/app/read'],
  ['GET', '/app/guarded'],
  ['POST', '/app/write'],
  ['POST', '/app/merge'],
  ['POST', '/app/logout'],
  ['POST', '/app/regenerate'],
  ['GET', '/session'],
  ['GET', '/sessions'],
  ['DELETE', '/sessions'],
  ['GET', '/admin/sessions'],
] as const;

/** A token of the right form that no server of ours ever issued. */
export const aStrangersToken: fc.Arbitrary<string> = fc
  .tuple(fc.nat(70_000), fc.nat(3), fc.uint8Array({ minLength: 48, maxLength: 48 }))
  .map(([shard, generation, random]) => {
    const id = composeSessionId(shard & 0xffff, random.subarray(0, 16));
    return composeSessionToken(id, generation, random.subarray(16));
  });

const wellSigned = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(texts, fc.constantFrom(SECRET, LEGACY_SECRET))
    .map(([text, secret]) => `s:${sign(text.toWellFormed(), secret)}`);

const aName = fc.constantFrom(
  COOKIE_NAME,
  COOKIE_NAME,
  COOKIE_NAME,
  LEGACY_COOKIE_NAME,
  'Sid',
  '__Host-sid',
  '__proto__',
  '',
);

const asPair = ([name, value, spelling]: readonly [string, string, string]): string => {
  switch (spelling) {
    case 'encoded':
      return `${name}=${encodeURIComponent(value.toWellFormed())}`;
    case 'quoted':
      return `${name}="${value}"`;
    case 'nameless':
      return value;
    default:
      return `${name}=${value}`;
  }
};

function cookieHeaders({ signedTokens }: Lures): fc.Arbitrary<string> {
  const good = fc.constantFrom(...signedTokens).map((text) => `s:${text}`);
  const value = fc.oneof(
    { weight: 3, arbitrary: mutated(good, headerText(6)) },
    { weight: 2, arbitrary: wellSigned(hostileText) },
    { weight: 2, arbitrary: wellSigned(mutated(aStrangersToken, hostileText)) },
    { weight: 2, arbitrary: headerText(60) },
    { weight: 1, arbitrary: fc.nat(9_000).map((length) => 's:'.padEnd(length, 'x.')) },
  );
  const spelling = fc.constantFrom('encoded', 'encoded', 'raw', 'quoted', 'nameless');
  const pairs = fc.array(fc.tuple(aName, value, spelling).map(asPair), { maxLength: 4 });
  const separator = fc.constantFrom('; ', ';', ', ', ' ; ', ';;=;');
  const made = fc
    .tuple(pairs, separator)
    .map(([texts, between]) => toHeaderText(texts.join(between)));
  return fc.oneof(
    { weight: 9, arbitrary: made },
    { weight: 2, arbitrary: headerText(300) },
    { weight: 1, arbitrary: fc.tuple(made, forbiddenByte).map(([text, byte]) => text + byte) },
  );
}

const attempts = (lures: Lures): fc.Arbitrary<Attempt> =>
  fc
    .tuple(fc.constantFrom(...ROUTES), cookieHeaders(lures), fc.boolean(), anAddress)
    .map(([[method, target], cookie, isTwice, address]) => ({
      role: isTwice ? 'user' : 'nobody',
      request: { method, target, headers: [HOST, address, ['Cookie', cookie]] },
    }));

/** Cookie headers of any bytes; tokens forged, cut, lengthened and signed anew; alone or before a good one. */
export const cookies = httpDomain('cookies', 12, attempts);
