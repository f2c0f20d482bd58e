import { AdminSessionsController } from '../admin/admin-sessions.controller.js';
import { AdminUsersController } from '../admin/admin-users.controller.js';
import { endInput, everythingBody, revokeBody, sessionsQuery } from '../admin/session.input.js';
import {
  blockBody,
  blockQuery,
  endAllInput,
  unblockInput,
  userSessionsQuery,
} from '../admin/user.input.js';
import { begun, JOB_LIMIT } from './admin-routes.js';
import * as examples from './examples.js';
import type { Route } from './route.js';
import * as views from './view-schemas.js';

const sessions = (handler: string): Pick<Route, 'controller' | 'handler' | 'tag'> => ({
  controller: AdminSessionsController,
  handler,
  tag: 'Operators: sessions',
});
const users = (handler: string): Pick<Route, 'controller' | 'handler' | 'tag'> => ({
  controller: AdminUsersController,
  handler,
  tag: 'Operators: users',
});

const BAD_INPUT = { 400: ['SESSION_INPUT_INVALID'] } as const;
const CHANGING = { 400: ['SESSION_INPUT_INVALID'], 403: ['CSRF_REJECTED'] } as const;
const NOT_FOUND = { 404: ['SESSION_NOT_FOUND'] } as const;
const USER = { userId: 'A user’s id.' } as const;
const SESSION = { id: 'A session id.' } as const;

export const ADMIN_SESSION_ROUTES: readonly Route[] = [
  {
    ...sessions('search'),
    summary: 'Sessions over all users, newest first; of one user, oldest first',
    description:
      'Needs the option `adminIndex`, or a `userId`. A page examines at most 1,000 entries, so it may be short and still have a next.',
    query: sessionsQuery,
    answers: [
      {
        status: 200,
        description: 'A page of them.',
        schema: views.sessionSearch,
        example: { items: [examples.session], nextCursor: null, examined: 1 },
      },
    ],
    errors: BAD_INPUT,
  },
  {
    ...sessions('find'),
    summary: 'One live session',
    params: SESSION,
    answers: [
      {
        status: 200,
        description: 'The session.',
        schema: views.session,
        example: examples.session,
      },
    ],
    errors: NOT_FOUND,
  },
  {
    ...sessions('revoke'),
    summary: 'End one session',
    params: SESSION,
    query: endInput,
    body: endInput.optional(),
    bodyExample: { reason: 'stolen-device' },
    answers: [{ status: 204, description: 'It has ended.' }],
    errors: { ...CHANGING, ...NOT_FOUND },
  },
  {
    ...sessions('revokeWhere'),
    summary: 'End every session that matches, as a job',
    description:
      'The operator’s own present session stays. With `dryRun` it only counts, over at most 100,000 entries, and answers at once. Where more than `max` match, the job is `refused` and none ends. Sessions created from `before` on stay. Safe to repeat.',
    body: revokeBody,
    bodyExample: { filter: { ip: '203.0.113.0/24' }, reason: 'incident', max: 512 },
    answers: [
      {
        status: 200,
        description: 'With `dryRun`: what would end.',
        schema: views.preview,
        example: { matched: 512, complete: true, before: '2026-11-22T10:40:00.000Z', dryRun: true },
      },
      ...begun(examples.revokeJob),
    ],
    errors: { ...CHANGING, ...JOB_LIMIT },
  },
  {
    ...sessions('revokeEverything'),
    summary: 'End every session of everybody, as a job',
    description:
      'For operators of everything only. The operator’s own session ends last; after signing in again, the job can be asked about.',
    body: everythingBody,
    bodyExample: { confirmation: 'end every session', reason: 'incident' },
    answers: begun(examples.everythingJob),
    errors: { ...CHANGING, ...NOT_FOUND, ...JOB_LIMIT },
  },
  {
    ...users('list'),
    summary: 'One user’s sessions, oldest first',
    params: USER,
    query: userSessionsQuery,
    answers: [
      {
        status: 200,
        description: 'A page of them.',
        schema: views.sessionList,
        example: { items: [examples.session], nextCursor: null },
      },
    ],
    errors: BAD_INPUT,
  },
  {
    ...users('revokeAll'),
    summary: 'End one user’s sessions',
    params: USER,
    query: endAllInput,
    body: endAllInput.optional(),
    bodyExample: { reason: 'left-company' },
    answers: [
      { status: 200, description: 'How many ended.', schema: views.ended, example: { ended: 3 } },
    ],
    errors: CHANGING,
  },
  {
    ...users('blocked'),
    summary: 'Whether a user is kept from logging in',
    params: USER,
    query: blockQuery,
    answers: [
      {
        status: 200,
        description: 'Until when, if so.',
        schema: views.block,
        example: { tenantId: 'acme', userId: 'alice', blockedUntil: '2026-12-01T00:00:00.000Z' },
      },
    ],
    errors: BAD_INPUT,
  },
  {
    ...users('block'),
    summary: 'Refuse a user’s logins until an instant',
    description: 'Live sessions stay. An instant that has passed lifts the block.',
    params: USER,
    body: blockBody,
    bodyExample: { until: '2026-12-01T00:00:00Z', reason: 'suspicious-activity' },
    answers: [{ status: 204, description: 'It holds from now on.' }],
    errors: { ...CHANGING, ...NOT_FOUND },
  },
  {
    ...users('unblock'),
    summary: 'Let a user log in again',
    params: USER,
    query: unblockInput,
    body: unblockInput.optional(),
    bodyExample: { reason: 'case-closed' },
    answers: [{ status: 204, description: 'There is no block any more.' }],
    errors: { ...CHANGING, ...NOT_FOUND },
  },
];
