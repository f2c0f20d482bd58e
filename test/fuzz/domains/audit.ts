import type { Request } from 'express';
import fc from 'fast-check';
import { newSessionId } from '../../../src/core/ids.js';
import type { SessionId } from '../../../src/core/ids.js';
import { checking, requireThat, type Domain } from '../domain.js';
import { requirePlainLine, requirePlainRow } from '../plain-output.js';
import { LOG, type TargetApp } from '../target-app.js';
import { DATA_MARKER } from '../target-controller.js';
import { hostileText } from '../texts.js';

const texts = fc.record({
  ip: hostileText,
  userAgent: hostileText,
  requestId: hostileText,
  userId: hostileText,
  tenantId: hostileText,
  actorId: hostileText,
  reason: hostileText,
  path: hostileText,
  methods: fc.array(hostileText, { maxLength: 3 }),
});
type Texts = typeof texts extends fc.Arbitrary<infer Value> ? Value : never;

const REFUSALS = new Set(['SESSION_IDENTITY_INVALID', 'SESSION_INPUT_INVALID']);
const DATA = { secret: JSON.stringify(DATA_MARKER) };

type Act = (app: TargetApp, texts: Texts, number: number) => Promise<unknown>;

/** Every way in which texts from outside come to the audit. */
const ACTS: readonly Act[] = [
  ({ sessions }, { ip, userAgent, requestId, ...failed }, number) => {
    const headers = { 'user-agent': userAgent, 'x-request-id': requestId };
    const request = { ip: `${number} ${ip}`, headers } as unknown as Request;
    return sessions.recordFailedLogin(request, failed);
  },
  ({ core }, { path, ...request }, number) =>
    core.facts.record({
      type: 'admin.access_denied',
      key: String(number),
      context: { initiator: 'user', ...request, details: { method: 'GET', path } },
    }),
  ({ core: { lifecycle } }, { userId, tenantId, methods, ...request }) =>
    lifecycle.login({
      identity: { userId, tenantId, methods },
      data: DATA,
      changes: { set: {}, remove: [] },
      device: request,
      request,
    }),
  async ({ core: { lifecycle, directory } }, { actorId, reason, methods, ...request }) => {
    const { session } = await lifecycle.login({
      identity: { userId: 'mallory', methods },
      data: DATA,
      changes: { set: {}, remove: [] },
      device: request,
      request,
    });
    const cause = { reason, initiator: 'admin', actorId, request } as const;
    await directory.revoke(session.id, cause).catch(requireRefusal);
    return directory.revoke(session.id, { ...cause, reason: 'ended-by-admin' });
  },
  ({ core: { directory } }, { userId, tenantId, reason, actorId, ...request }) =>
    directory.revoke(
      newSessionId(0) as SessionId,
      { reason, actorId, request },
      {
        userId,
        tenantId,
      },
    ),
  ({ sessions }, { actorId, reason: _reason, ...request }) =>
    sessions.block({ tenantId: '', userId: 'eve' }, 0, { reason: 'lifted', actorId, request }),
];

function requireRefusal(error: unknown): void {
  const { code = '' } = error as { readonly code?: string };
  requireThat(REFUSALS.has(code), `input is refused by a code: ${String(error)}`);
}

/** Texts of all Unicode on every way to the audit; then every row and log line of this run is read. */
export const audit: Domain = {
  name: 'audit',
  weight: 6,
  open: async ({ apps }) => {
    let number = 0;
    const inputs = fc.tuple(fc.nat(apps.length - 1), fc.constantFrom(...ACTS), texts);
    const conclude = async (): Promise<void> => {
      for (const line of LOG.lines) requirePlainLine(line);
      for (const app of apps) {
        const rows = await app.auditRows();
        requireThat(rows.length > 0, 'what was done is in the audit');
        rows.forEach(requirePlainRow);
        requireThat((await app.rejectedRows()) === 0, 'no row is refused by the database');
      }
    };
    return {
      check: checking(inputs, async ([index, act, input]) => {
        number += 1;
        await act(apps[index]!, input, number).catch(requireRefusal);
      }),
      conclude,
    };
  },
};
