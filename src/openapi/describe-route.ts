import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiBody,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
  type ApiResponseOptions,
} from '@nestjs/swagger';
import { z } from 'zod';
import type { SessionErrorCode } from '../core/errors.js';
import type { Answer, Route } from './route.js';

type JsonSchema = Readonly<Record<string, unknown>>;

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'What of the request is wrong: `parameter` names it.',
  401: 'There is no session, or it has ended.',
  403: 'Not allowed.',
  404: 'There is none, or none in scope; the two are not told apart.',
  503: 'The session store is away.',
};

/** On every route that asks for a session. */
const COMMON_CODES: Readonly<Record<number, readonly SessionErrorCode[]>> = {
  401: ['SESSION_REQUIRED', 'SESSION_EXPIRED', 'SESSION_REVOKED', 'SESSION_EVICTED'],
  503: ['SESSION_STORE_UNAVAILABLE'],
};

/** These are judged apart from the rest of a query, and so are no part of its schema. */
const PAGE_FIELDS: Readonly<Record<string, JsonSchema>> = {
  limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  cursor: { type: 'string', description: 'The `nextCursor` of an earlier page.' },
};

/** Tells @nestjs/swagger what it cannot see of a handler. Safe to repeat. */
export function describeRoute(route: Route): void {
  const { prototype } = route.controller as Type<object> & { readonly prototype: object };
  const descriptor = Object.getOwnPropertyDescriptor(prototype, route.handler);
  if (!descriptor) throw new Error(`${route.controller.name} has no handler ${route.handler}`);
  const { tag, summary, description = '', params = {}, query, body } = route;
  applyDecorators(
    ApiTags(tag),
    ApiOperation({ summary, description, operationId: operationIdOf(route) }),
    ...Object.entries(params).map(([name, meaning]) =>
      ApiParam({ name, description: meaning, schema: { type: 'string' } }),
    ),
    ...(query ? queryOf(query) : []),
    ...(body ? [bodyOf(body, route.bodyExample)] : []),
    ...route.answers.map(answerOf),
    ...errorsOf(route),
  )(prototype, route.handler, descriptor);
}

const operationIdOf = ({ controller, handler }: Route): string =>
  `${controller.name.replace(/Controller$/, '')}.${handler}`;

function queryOf(query: z.ZodObject): MethodDecorator[] {
  const { properties = {}, required = [] } = schemaOf(query, 'input');
  return Object.entries(properties as Readonly<Record<string, JsonSchema>>).map(([name, schema]) =>
    ApiQuery({
      name,
      required: (required as readonly string[]).includes(name),
      schema: PAGE_FIELDS[name] ?? schema,
    }),
  );
}

const bodyOf = (body: z.ZodType, example: unknown): MethodDecorator =>
  ApiBody({
    required: !body.safeParse(undefined).success,
    schema: { ...schemaOf(body, 'input'), example },
  });

function answerOf({ status, description, schema, example, contentTypes }: Answer): MethodDecorator {
  const content = schema && { schema: schemaOf(schema, 'output'), example };
  const types = contentTypes ?? ['application/json'];
  return ApiResponse({
    status,
    description,
    ...(content && { content: Object.fromEntries(types.map((type) => [type, content])) }),
  } as unknown as ApiResponseOptions);
}

function errorsOf({ errors = {} }: Route): MethodDecorator[] {
  const codes = Object.entries({ ...COMMON_CODES, ...errors });
  return codes.map(([status, known]) =>
    ApiResponse({
      status: Number(status),
      description: `${MESSAGES[Number(status)]} Codes: ${known.join(', ')}.`,
      content: { 'application/json': errorContentOf(Number(status), known) },
    } as unknown as ApiResponseOptions),
  );
}

/** A refusal by the application's guard has the shape that the application gives it, so 403 may have no code. */
const errorContentOf = (status: number, codes: readonly string[]) => ({
  schema: {
    type: 'object',
    required: ['statusCode', 'message', ...(status === 403 ? [] : ['code'])],
    properties: {
      statusCode: { const: status },
      code: { enum: codes },
      message: { type: 'string', description: 'For people.' },
      ...(status === 400 && { parameter: { type: 'string' } }),
      ...(status === 401 && { reason: { type: 'string' } }),
    },
  },
  example: {
    statusCode: status,
    code: codes[0],
    message: MESSAGES[status],
    ...(status === 400 && { parameter: 'limit' }),
  },
});

/** OpenAPI 3.1 speaks JSON Schema 2020-12, and so does zod. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
