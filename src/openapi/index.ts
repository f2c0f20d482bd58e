import type { INestApplication } from '@nestjs/common';
import { SwaggerModule, type OpenAPIObject, type SwaggerDocumentOptions } from '@nestjs/swagger';
import type { SessionErrorCode } from '../core/errors.js';
import { ADMIN_ROUTES } from './admin-routes.js';
import { ADMIN_SESSION_ROUTES } from './admin-session-routes.js';
import { namedSchemas } from './components.js';
import { codesOf, describeRoute } from './describe-route.js';
import { SELF_SERVICE_ROUTES } from './self-service-routes.js';

const ROUTES = [...SELF_SERVICE_ROUTES, ...ADMIN_SESSION_ROUTES, ...ADMIN_ROUTES];

/**
 * As `SwaggerModule.createDocument`, with the session module's own routes described: parameters,
 * bodies, answers, error codes, examples. The schemas are those of OpenAPI 3.1, so the config should
 * say `setOpenAPIVersion('3.1.0')`. @publicApi
 */
export function createSessionDocument(
  app: INestApplication,
  config: Omit<OpenAPIObject, 'paths'>,
  options?: SwaggerDocumentOptions,
): OpenAPIObject {
  for (const route of ROUTES) describeRoute(route);
  const document = SwaggerModule.createDocument(app, config, options);
  const schemas = { ...namedSchemas(knownCodes()), ...document.components?.schemas };
  return { ...document, components: { ...document.components, schemas } } as OpenAPIObject;
}

/** By status, of all routes. */
function knownCodes(): ReadonlyMap<number, ReadonlySet<SessionErrorCode>> {
  const known = new Map<number, Set<SessionErrorCode>>();
  for (const [status, codes] of ROUTES.flatMap(codesOf))
    known.set(status, new Set([...(known.get(status) ?? []), ...codes]));
  return known;
}
