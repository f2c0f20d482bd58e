import { z } from 'zod';
import type { SessionErrorCode } from '../core/errors.js';
import * as views from './view-schemas.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

const PREFIX = '#/components/schemas/';

/** OpenAPI 3.1 speaks JSON Schema 2020-12, and so does zod. */
const OPTIONS = { unrepresentable: 'any' } as const;

/** What the routes answer, by the names that the document has for it. */
const NAMED = z.registry<{ readonly id: string }>();
NAMED.add(views.session, { id: 'Session' });
NAMED.add(views.sessionList, { id: 'SessionList' });
NAMED.add(views.sessionSearch, { id: 'SessionSearch' });
NAMED.add(views.deadlines, { id: 'SessionDeadlines' });
NAMED.add(views.ended, { id: 'EndedSessions' });
NAMED.add(views.block, { id: 'UserBlock' });
NAMED.add(views.jsonValue, { id: 'JsonValue' });
NAMED.add(views.auditEvent, { id: 'AuditEvent' });
NAMED.add(views.auditList, { id: 'AuditEventList' });
NAMED.add(views.ownEvents, { id: 'OwnEventList' });
NAMED.add(views.histogram, { id: 'AuditHistogram' });
NAMED.add(views.preview, { id: 'RevokePreview' });
NAMED.add(views.verifyJob, { id: 'VerifyJob' });
NAMED.add(views.job, { id: 'Job' });
NAMED.add(views.overview, { id: 'SessionOverview' });
NAMED.add(views.adminEvent, { id: 'AdminEvent' });

export function answerSchemaOf(schema: z.ZodType): JsonSchema {
  const named = NAMED.get(schema);
  if (!named) throw new Error('An answer has a schema without a name');
  return referenceTo(named.id);
}

/** Of a body or a query, which belong to one route. */
export function inputSchemaOf(schema: z.ZodType): JsonSchema {
  return withoutHead(z.toJSONSchema(schema, { ...OPTIONS, io: 'input' }));
}

/** What an error answers. */
export const errorSchemaOf = (status: number): JsonSchema => referenceTo(errorName(status));

/** Every schema that has a name; `codes` are those of each status. */
export function namedSchemas(
  codes: ReadonlyMap<number, ReadonlySet<SessionErrorCode>>,
): Readonly<Record<string, JsonSchema>> {
  const { schemas } = z.toJSONSchema(NAMED, {
    ...OPTIONS,
    io: 'output',
    uri: (id) => `${PREFIX}${id}`,
  });
  const answers = Object.entries(schemas).map(([id, schema]) => [id, withoutHead(schema)]);
  const errors = [...codes].map(([status, known]) => [
    errorName(status),
    errorBodyOf(status, [...known].sort()),
  ]);
  return Object.fromEntries([...answers, ...errors]) as Record<string, JsonSchema>;
}

function withoutHead(schema: JsonSchema): JsonSchema {
  const { $schema: _, $id: __, ...rest } = schema;
  return rest;
}

const referenceTo = (name: string): JsonSchema => ({ $ref: `${PREFIX}${name}` });

const errorName = (status: number): string => `SessionError${status}`;

/** A refusal by the application's guard has the shape that the application gives it, so 403 may have no code. */
const errorBodyOf = (status: number, codes: readonly string[]): JsonSchema => ({
  type: 'object',
  required: ['statusCode', 'message', ...(status === 403 ? [] : ['code'])],
  properties: {
    statusCode: { const: status },
    code: { enum: codes },
    message: { type: 'string', description: 'For people.' },
    ...(status === 400 && { parameter: { type: 'string' } }),
    ...(status === 401 && { reason: { type: 'string' } }),
  },
});
