import fc from 'fast-check';
import { anAddress, HOST, httpDomain, type Attempt, type Lures } from '../http-domain.js';
import { headerText, hostileText, mutated } from '../texts.js';

const PLACES: readonly (readonly [string, (text: string) => string])[] = [
  ['DELETE', (text) => `/sessions/${text}`],
  ['DELETE', (text) => `/admin/sessions/${text}`],
  ['GET', (text) => `/admin/users/${text}/sessions`],
  ['GET', (text) => `/sessions?cursor=${text}`],
  ['GET', (text) => `/sessions?limit=${text}`],
  ['GET', (text) => `/admin/sessions?cursor=${text}`],
  ['GET', (text) => `/admin/sessions?limit=${text}`],
  ['GET', (text) => `/admin/users/alice/sessions?cursor=${text}`],
  ['GET', (text) => `/admin/audit?cursor=${text}`],
  ['GET', (text) => `/admin/audit?sessionId=${text}`],
  ['GET', (text) => `/admin/audit?limit=${text}`],
  ['GET', (text) => `/${text}`],
  ['GET', (text) => text],
];

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

const aNumber = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(300),
  fc.integer(),
  fc.constantFrom('00', '-0', '9007199254740993', '9007199254740992', '9999999999', '1e3', ''),
);

/** What one session id or cursor is like. */
function names({ sessionIds }: Lures): fc.Arbitrary<string> {
  const anId = fc.constantFrom(...sessionIds);
  const listCursor = fc.tuple(aNumber, anId).map(([at, id]) => base64url(`${at}:${id}`));
  const auditCursor = fc
    .tuple(aNumber, aNumber, aNumber)
    .map((parts) => base64url(parts.join('.')));
  return fc.oneof(
    mutated(anId, hostileText),
    mutated(fc.oneof(listCursor, auditCursor), hostileText),
    aNumber.map(String),
    hostileText,
  );
}

const spelled = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: text.map((name) => encodeURIComponent(name.toWellFormed())) },
    { weight: 1, arbitrary: headerText(40).map((raw) => raw.replaceAll(/\s/g, '+')) },
    {
      weight: 1,
      arbitrary: text.map((name) => encodeURIComponent(name.toWellFormed()).slice(0, -1)),
    },
  );

const attempts = (lures: Lures): fc.Arbitrary<Attempt> =>
  fc
    .tuple(
      fc.constantFrom('operator', 'operator', 'user', 'nobody'),
      fc.constantFrom(...PLACES),
      spelled(names(lures)),
      anAddress,
    )
    .map(([role, [method, targetOf], text, address]) => ({
      role: role as Attempt['role'],
      request: { method, target: targetOf(text) || '/', headers: [HOST, address] },
    }));

/** Session ids, cursors and sizes, in paths and queries. */
export const paths = httpDomain('ids and cursors', 10, attempts);
