import { AdminAuditController } from '../admin/admin-audit.controller.js';
import { AdminEventsController } from '../admin/admin-events.controller.js';
import { AdminJobsController } from '../admin/admin-jobs.controller.js';
import { AdminOverviewController } from '../admin/admin-overview.controller.js';
import { auditQuery, exportQuery, histogramQuery } from '../admin/audit.input.js';
import * as examples from './examples.js';
import { AUDIT_READ, type Answer, type Route } from './route.js';
import * as views from './view-schemas.js';

const TAG = 'Operators: the whole';

const of = (
  controller: Route['controller'],
  handler: string,
): Pick<Route, 'controller' | 'handler' | 'tag'> => ({ controller, handler, tag: TAG });

export const JOB_LIMIT = { 409: ['SESSION_JOB_LIMIT_REACHED'] } as const;

export const begun = (example: unknown): readonly Answer[] => [
  {
    status: 202,
    description: 'It is under way; `GET jobs/{id}` tells how far, for a day, on any node.',
    schema: views.job,
    example,
  },
];

export const ADMIN_ROUTES: readonly Route[] = [
  {
    ...of(AdminOverviewController, 'read'),
    summary: 'The state of things',
    description:
      'Live sessions and users from counters; sign-ins and endings by hour from one grouped query over the audit, in which hours that are over may be ten minutes old; browsers and systems over the newest 1,000 sessions. Counted at most every five seconds. Does not count as activity. `health` is null for an operator of one tenant.',
    answers: [
      {
        status: 200,
        description: 'Counts within the operator’s scope.',
        schema: views.overview,
        example: examples.overview,
      },
    ],
  },
  {
    ...of(AdminEventsController, 'stream'),
    summary: 'What happens to sessions, as it happens',
    description:
      'Server-sent events. The scope is asked about anew for each message, once a second at most. Does not count as activity, and ends with the operator’s session: the last event is `session-ended`.',
    answers: [
      {
        status: 200,
        description: 'Each `data` is one of these.',
        contentTypes: ['text/event-stream'],
        schema: views.adminEvent,
        example: { kind: 'alive', at: '2026-11-22T10:40:00.000Z' },
      },
    ],
  },
  {
    ...of(AdminJobsController, 'find'),
    summary: 'How far a job is, or what came of it',
    description: 'Does not count as activity.',
    params: { id: 'A job’s id.' },
    answers: [
      { status: 200, description: 'The job.', schema: views.job, example: examples.revokeJob },
    ],
    errors: { 404: ['SESSION_NOT_FOUND'] },
  },
  {
    ...of(AdminAuditController, 'find'),
    summary: 'Audit events, newest first',
    query: auditQuery,
    answers: [
      {
        status: 200,
        description: 'A page of them.',
        schema: views.auditList,
        example: { items: [examples.auditEvent], nextCursor: null },
      },
    ],
    errors: AUDIT_READ,
  },
  {
    ...of(AdminAuditController, 'histogram'),
    summary: 'How many audit events there are, over time',
    description:
      'Of the last day unless `from` and `to` say otherwise; in at most 120 stretches unless `bucketMs` says otherwise, and never more than 1,000.',
    query: histogramQuery,
    answers: [
      {
        status: 200,
        description: 'Stretches without events are left out.',
        schema: views.histogram,
        example: {
          from: '2026-11-21T10:40:00.000Z',
          to: '2026-11-22T10:40:00.000Z',
          bucketMs: 900_000,
          total: 42,
          buckets: [{ from: '2026-11-22T10:30:00.000Z', count: 42, failures: 3 }],
        },
      },
    ],
    errors: AUDIT_READ,
  },
  {
    ...of(AdminAuditController, 'export'),
    summary: 'All audit events that match, oldest first, as a stream',
    description: 'What fails in the midst is cut off, so that half is not taken for the whole.',
    query: exportQuery,
    answers: [
      {
        status: 200,
        description: 'One event a line; CSV as RFC 4180 has it.',
        contentTypes: ['application/jsonl', 'text/csv'],
        schema: views.auditEvent,
        example: examples.auditEvent,
      },
    ],
    errors: AUDIT_READ,
  },
  {
    ...of(AdminJobsController, 'verify'),
    summary: 'Verify the audit, as a job',
    description: 'For operators of everything only.',
    answers: begun(examples.verifyJob),
    errors: { 403: ['CSRF_REJECTED'], 404: ['SESSION_NOT_FOUND'], ...JOB_LIMIT },
  },
];
