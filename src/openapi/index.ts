import type { INestApplication } from '@nestjs/common';
import { SwaggerModule, type OpenAPIObject, type SwaggerDocumentOptions } from '@nestjs/swagger';
import { ADMIN_ROUTES } from './admin-routes.js';
import { ADMIN_SESSION_ROUTES } from './admin-session-routes.js';
import { describeRoute } from './describe-route.js';
import { SELF_SERVICE_ROUTES } from './self-service-routes.js';

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
  for (const route of [...SELF_SERVICE_ROUTES, ...ADMIN_SESSION_ROUTES, ...ADMIN_ROUTES])
    describeRoute(route);
  return SwaggerModule.createDocument(app, config, options);
}
