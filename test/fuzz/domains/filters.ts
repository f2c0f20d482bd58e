import fc from 'fast-check';
import { AUDIT_EVENT_TYPES } from '../../../src/core/audit/audit-event.js';
import { anAddress, HOST, httpDomain, type Attempt } from '../http-domain.js';
import type { RawRequest } from '../raw-http.js';
import { hostileJson, hostileText, objectOf } from '../texts.js';

const QUERIED = ['/admin/sessions', '/admin/users/alice/sessions', '/admin/audit', '/sessions'];
const CHANGED = [
  ['POST', '/admin/sessions/revoke'],
  ['POST', '/admin/users/mallory/block'],
  ['DELETE', '/admin/users/mallory/sessions'],
  ['DELETE', '/admin/sessions/AAAAAAAAAAAAAAAAAAAAAAAA'],
] as const;

const NAMES = (
  'userId tenantId ip createdFrom createdBefore lastSeenFrom lastSeenBefore limit cursor sessionId ' +
  'type initiator outcome from to until reason dryRun filter __proto__ constructor'
).split(' ');

/** Of the right form, so that what is wrong elsewhere is looked at. */
const plausible = fc.oneof(
  fc.constantFrom('alice', 'mallory', '', '127.0.0.1', '::1', '::ffff:1.2.3.4', 'success', 'admin'),
  fc.constantFrom(...AUDIT_EVENT_TYPES),
  fc.constantFrom('2026-11-22', '2026-02-30', '0000-01-01', '9999-12-31T23:59:60Z', '1', '200'),
  fc.constantFrom('0', '8640000000000000', '8640000000000001', '99999999999', '100000000000'),
);

const aName = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...NAMES) }, hostileText);
const aQueryName = fc
  .tuple(aName, fc.constantFrom('', '', '', '', '[]', '[a]', '[__proto__]', '.a'))
  .map((parts) => parts.join(''));

const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

const aQuery = fc
  .array(fc.tuple(aQueryName, fc.oneof(plausible, hostileText)), { maxLength: 6 })
  .map((pairs) => pairs.map((pair) => pair.map(encode).join('=')).join('&'));

const aValue = fc.oneof(plausible, hostileJson, fc.array(plausible, { maxLength: 3 }));
const someFields = fc.array(fc.tuple(aName, aValue), { maxLength: 5 }).map(objectOf);

/** Never everybody's, or the operator would be alone for the rest of the run. */
const aRevocation = fc
  .tuple(someFields, someFields, fc.constantFrom('mallory', 'bob'))
  .map(([fields, filter, userId]) => ({ ...fields, filter: { ...filter, userId } }));

const aBody = fc.oneof(someFields, aRevocation, hostileJson).map((body) => JSON.stringify(body));

const JSON_TYPE = ['Content-Type', 'application/json'] as const;

const aRead: fc.Arbitrary<RawRequest> = fc
  .tuple(fc.constantFrom(...QUERIED), aQuery, anAddress)
  .map(([path, query, address]) => ({
    method: 'GET',
    target: `${path}?${query}`,
    headers: [HOST, address],
  }));

const aChange: fc.Arbitrary<RawRequest> = fc
  .tuple(fc.constantFrom(...CHANGED), aQuery, aBody, anAddress)
  .map(([[method, path], query, body, address]) => ({
    method,
    target: `${path}?${query}`,
    headers: [HOST, address, JSON_TYPE],
    body: Buffer.from(body).toString('latin1'),
  }));

const attempts = (): fc.Arbitrary<Attempt> =>
  fc
    .tuple(fc.constantFrom('operator', 'operator', 'operator', 'user'), fc.oneof(aRead, aChange))
    .map(([role, request]) => ({ role: role as Attempt['role'], request }));

/** Every parameter of the operators' API: absent, twice, of another type, nested, with names of prototypes. */
export const filters = httpDomain('filters', 10, attempts);
