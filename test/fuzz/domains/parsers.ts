import { sign } from 'cookie-signature';
import fc from 'fast-check';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { auditQuery } from '../../../src/admin/audit.input.js';
import { parseInput } from '../../../src/admin/parse-input.js';
import { revokeBody, sessionsQuery } from '../../../src/admin/session.input.js';
import { blockBody } from '../../../src/admin/user.input.js';
import { shortenAddress } from '../../../src/audit/audit-address.js';
import { decodeCursor, encodeCursor } from '../../../src/audit/audit-cursor.js';
import { cleanText } from '../../../src/core/audit/audit-text.js';
import {
  composeSessionToken,
  MAX_SHARDS,
  newSessionId,
  newSessionToken,
  parseSessionId,
  parseSessionToken,
  shardOfSession,
} from '../../../src/core/ids.js';
import { parseListCursor, writeListCursor } from '../../../src/core/directory/list-cursor.js';
import { decodeData, encodeData } from '../../../src/core/session-data.js';
import { requireReason } from '../../../src/core/directory/session-directory.js';
import { parseUser, userKey } from '../../../src/core/user.js';
import { deviceLabel } from '../../../src/express/request-context.js';
import { SessionCookie } from '../../../src/express/session-cookie.js';
import { parsePageQuery } from '../../../src/nest/page-query.js';
import { checking, requireThat, Violation, type Domain } from '../domain.js';
import { COOKIE_NAME, SECRET } from '../target-app.js';
import { hostileJson, hostileText, mutated } from '../texts.js';

const CONTROL_CHARACTERS = /\p{Cc}/u;
const COOKIE = new SessionCookie(SECRET, { insecureDevelopment: true });

/** The only errors that any of these may end with. */
const REFUSALS = new Set(['SESSION_INPUT_INVALID', 'SESSION_IDENTITY_INVALID']);

/** Undefined where the text was refused as documented. */
function accepted<Value>(parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch (error) {
    const code = (error as { readonly code?: string }).code ?? '';
    requireThat(REFUSALS.has(code), `a parser refuses with its own error: ${String(error)}`);
    return undefined;
  }
}

function requireCanonical(text: string, again: string | undefined): void {
  if (again !== undefined)
    requireThat(again === text, `one value has one spelling: ${text} is also ${again}`);
}

const PARSERS: Readonly<Record<string, (text: string) => void>> = {
  'session token': (text) => {
    const parsed = parseSessionToken(text);
    if (!parsed) return;
    const secret = Buffer.from(text.slice(24), 'base64url').subarray(4);
    requireCanonical(text, composeSessionToken(parsed.sessionId, parsed.generation, secret));
    requireThat(parsed.shard >= 0 && parsed.shard < MAX_SHARDS, 'a token names a shard');
  },
  'session id': (text) => {
    const id = parseSessionId(text);
    requireCanonical(text, id && Buffer.from(id, 'base64url').toString('base64url'));
    if (id) requireThat(shardOfSession(id) < MAX_SHARDS, 'an id names a shard');
  },
  'list cursor': (text) => {
    const point = accepted(() => parseListCursor(text));
    requireCanonical(text, point && writeListCursor(point));
  },
  'audit cursor': (text) => {
    const point = accepted(() => decodeCursor(text));
    requireCanonical(text, point && encodeCursor(point));
    if (point) requireThat(point.chain < MAX_SHARDS, `a cursor names a chain: ${point.chain}`);
  },
  user: (text) => {
    for (const named of [{ userId: text }, { tenantId: text, userId: 'a:b' }]) {
      const user = accepted(() => parseUser(named));
      if (!user) continue;
      const key = userKey(user);
      requireThat(Buffer.from(key).toString() === key, 'a user has bytes of its own');
      requireThat(!CONTROL_CHARACTERS.test(key), 'a user has no control characters');
      requireThat(Buffer.byteLength(key) <= 4 + 2 * 255, 'a user is short');
    }
  },
  reason: (text) => {
    const reason = accepted(() => {
      requireReason({ reason: text });
      return text;
    });
    requireThat(!reason || /^[a-z0-9-]{1,64}$/.test(reason), `a reason is kebab-case: ${reason}`);
  },
  'audit text': (text) => {
    const clean = cleanText(text);
    requireThat(clean.isWellFormed() && !CONTROL_CHARACTERS.test(clean), 'audit texts are plain');
    requireThat(clean.length <= 255 && cleanText(clean) === clean, 'audit texts are capped');
  },
  'page query': (text) => {
    const page = accepted(() => parsePageQuery({ limit: text, cursor: text }));
    requireThat(!page || (page.limit >= 1 && page.limit <= 200), 'a page has a size');
  },
  cookie: (text) => {
    for (const cookie of [text, `${COOKIE_NAME}=${text}`, `a=b;${COOKIE_NAME}="${text}"; c`]) {
      const token = COOKIE.read({ headers: { cookie } } as IncomingMessage);
      const signed = token && `s:${sign(token.token, SECRET)}`;
      if (signed)
        requireThat(decodeURIComponent(cookie).includes(signed), 'a forged cookie is refused');
    }
  },
  'device label': (text) => {
    requireThat(deviceLabel(text.slice(0, 512)).length <= 512 + 32, 'labels are capped');
  },
  address: (text) => {
    const network = shortenAddress(text);
    requireThat(network === undefined || isIP(network) > 0, `a network is one: ${network}`);
  },
};

const QUERIES = [sessionsQuery, revokeBody, blockBody, auditQuery];
const FIELDS = [
  'userId',
  'tenantId',
  'ip',
  'from',
  'until',
  'type',
  'reason',
  'filter',
  '__proto__',
];

function checkValue(value: unknown): void {
  for (const schema of QUERIES) {
    accepted(() => parseInput(schema, value));
    for (const field of FIELDS)
      accepted(() => parseInput(schema, Object.fromEntries([[field, value]])));
  }
  accepted(() => parsePageQuery({ limit: value, cursor: value }));
  const data = accepted(() => encodeData({ value, [JSON.stringify(value)]: value }));
  if (!data) return;
  const again = encodeData(decodeData(data));
  requireThat(
    JSON.stringify(again) === JSON.stringify(data),
    'session data come back as they went',
  );
}

const LONG_TEXT = 200_000;
/** So much that only work which grows with the square of a text's length takes longer. */
const LONGEST_MS = 2_000;

function checkText([name, text, isLong]: readonly [string, string, boolean]): void {
  const input = isLong && text !== '' ? text.repeat(LONG_TEXT / text.length + 1) : text;
  const startedAt = performance.now();
  PARSERS[name]!(input);
  const tookMs = performance.now() - startedAt;
  if (tookMs > LONGEST_MS)
    throw new Violation(`work is linear: ${name}, ${input.length} characters, ${tookMs} ms`);
}

const goodText = fc
  .tuple(fc.nat(MAX_SHARDS - 1), fc.nat(2 ** 32 - 1), fc.maxSafeNat(), fc.nat(2 ** 33))
  .chain(([shard, generation, at, chain]) => {
    const id = newSessionId(shard);
    const cursors = [
      `${at}:${id}`,
      `${at}.${chain}.${at}`,
      `-${at}.${shard}.${at}`,
      `0${at}:${id}`,
    ];
    const token = newSessionToken(id, generation);
    return fc.constantFrom(
      id,
      token,
      encodeURIComponent(`s:${sign(token, SECRET)}`),
      ...cursors.map((text) => Buffer.from(text).toString('base64url')),
      '2001:db8::1.2.3.4%eth0',
      '10.20.30.40',
      'kebab-case-9',
    );
  });

/** The same value with other trailing bits, or with what base64url decoders skip. */
const otherSpelling = fc
  .tuple(goodText, fc.constantFrom('=', '==', ' ', '\n', '+', '/', 'A', '.'))
  .map(([text, tail]) => text + tail);

const texts = fc.tuple(
  fc.constantFrom(...Object.keys(PARSERS)),
  fc.oneof(mutated(goodText, hostileText), otherSpelling, hostileText),
  fc.nat(400).map((drawn) => drawn === 0),
);

const inputs = fc.oneof(
  { weight: 9, arbitrary: texts.map((text) => ({ text })) },
  { weight: 1, arbitrary: hostileJson.map((value) => ({ value })) },
);

/** Whatever reads text or JSON from outside, called directly. */
export const parsers: Domain = {
  name: 'parsers',
  weight: 60,
  open: async () => ({
    check: checking(inputs, (input) =>
      'text' in input ? checkText(input.text) : checkValue(input.value),
    ),
  }),
};
