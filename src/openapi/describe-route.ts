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
import type { z } from 'zod';
import type { SessionErrorCode } from '../core/errors.js';
import { answerSchemaOf, errorSchemaOf, inputSchemaOf, type JsonSchema } from './components.js';
import type { Answer, Route } from './route.js';

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'What of the request is wrong: `parameter` names it.',
  401: 'There is no session, or it has ended.',
  403: 'Not allowed.',
  404: 'There is none, or none in scope; the two are not told apart.',
  409: 'It would be in the way of what is under way.',
  503: 'The session store, or the audit’s database, is away.',
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
  const { properties = {}, required = [] } = inputSchemaOf(query);
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
    schema: { ...inputSchemaOf(body), example },
  });

function answerOf({ status, description, schema, example, contentTypes }: Answer): MethodDecorator {
  const content = schema && { schema: answerSchemaOf(schema), example };
  const types = contentTypes ?? ['application/json'];
  return ApiResponse({
    status,
    description,
    ...(content && { content: Object.fromEntries(types.map((type) => [type, content])) }),
  } as unknown as ApiResponseOptions);
}

function errorsOf(route: Route): MethodDecorator[] {
  return codesOf(route).map(([status, codes]) =>
    ApiResponse({
      status,
      description: `${MESSAGES[status]} Codes: ${codes.join(', ')}.`,
      content: {
        'application/json': { schema: errorSchemaOf(status), example: errorOf(status, codes) },
      },
    } as unknown as ApiResponseOptions),
  );
}

/** Every status that the route may refuse with, and the codes that say why. */
export const codesOf = ({
  errors = {},
}: Pick<Route, 'errors'>): (readonly [number, readonly SessionErrorCode[]])[] =>
  Object.entries({ ...COMMON_CODES, ...errors }).map(([status, codes]) => [Number(status), codes]);

const errorOf = (status: number, codes: readonly SessionErrorCode[]) => ({
  statusCode: status,
  code: codes[0],
  message: MESSAGES[status],
  ...(status === 400 && { parameter: 'limit' }),
});
