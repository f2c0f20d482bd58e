import { z } from 'zod';
import { OwnEventsController } from '../audit/own-events.controller.js';
import { SelfServiceController } from '../nest/self-service.controller.js';
import * as examples from './examples.js';
import { AUDIT_READ, type Route } from './route.js';
import * as views from './view-schemas.js';

const TAG = 'Sessions of one’s own';
const page = z.strictObject({ limit: z.unknown().optional(), cursor: z.unknown().optional() });

const own = (handler: string): Pick<Route, 'controller' | 'handler' | 'tag'> => ({
  controller: SelfServiceController,
  handler,
  tag: TAG,
});

export const SELF_SERVICE_ROUTES: readonly Route[] = [
  {
    ...own('deadlines'),
    summary: 'One’s own session and its deadlines',
    description: 'Does not count as activity.',
    answers: [
      {
        status: 200,
        description: 'The session of the request.',
        schema: views.deadlines,
        example: {
          ...examples.session,
          current: true,
          idleExpiresAt: '2026-11-22T11:05:00.000Z',
          absoluteExpiresAt: '2026-11-22T22:05:00.000Z',
          now: '2026-11-22T10:40:00.000Z',
        },
      },
    ],
  },
  {
    ...own('list'),
    summary: 'One’s own sessions, oldest first',
    query: page,
    answers: [
      {
        status: 200,
        description: 'A page of them, the present one marked.',
        schema: views.sessionList,
        example: { items: [{ ...examples.session, current: true }], nextCursor: null },
      },
    ],
    errors: { 400: ['SESSION_INPUT_INVALID'] },
  },
  {
    ...own('endOthers'),
    summary: 'End all sessions of one’s own but the present one',
    answers: [
      { status: 200, description: 'How many ended.', schema: views.ended, example: { ended: 2 } },
    ],
    errors: { 403: ['CSRF_REJECTED', 'SESSION_NOT_FRESH'] },
  },
  {
    ...own('end'),
    summary: 'End one session of one’s own; the present one is a logout',
    params: { id: 'A session id.' },
    answers: [{ status: 204, description: 'It has ended.' }],
    errors: { 403: ['CSRF_REJECTED', 'SESSION_NOT_FRESH'], 404: ['SESSION_NOT_FOUND'] },
  },
  {
    controller: OwnEventsController,
    handler: 'list',
    tag: TAG,
    summary: 'What has happened to one’s own sessions, newest first',
    query: page,
    answers: [
      {
        status: 200,
        description: 'A page of events. What others did is told without their address.',
        schema: views.ownEvents,
        example: {
          items: [
            {
              eventId: examples.auditEvent.eventId,
              type: examples.auditEvent.type,
              occurredAt: examples.auditEvent.occurredAt,
              outcome: examples.auditEvent.outcome,
              reason: examples.auditEvent.reason,
              initiator: examples.auditEvent.initiator,
              sessionId: examples.auditEvent.sessionId,
              ip: null,
              userAgent: null,
            },
          ],
          nextCursor: null,
        },
      },
    ],
    errors: AUDIT_READ,
  },
];
