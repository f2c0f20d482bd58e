import { RequestMethod, type Type } from '@nestjs/common';
import { AdminAuditController } from '../../src/admin/admin-audit.controller.js';
import { AdminEventsController } from '../../src/admin/admin-events.controller.js';
import { AdminJobsController } from '../../src/admin/admin-jobs.controller.js';
import { AdminOverviewController } from '../../src/admin/admin-overview.controller.js';
import { AdminSessionsController } from '../../src/admin/admin-sessions.controller.js';
import { AdminUsersController } from '../../src/admin/admin-users.controller.js';
import { OwnEventsController } from '../../src/audit/own-events.controller.js';
import { SelfServiceController } from '../../src/nest/self-service.controller.js';
import { readText, tableUnder } from './documents.js';

const README = readText('README.md');

/** `GET /sessions` for each handler of a controller. */
function routesOf(base: string, { prototype }: Type): readonly string[] {
  const handlers = Object.values(Object.getOwnPropertyDescriptors(prototype as object))
    .map(({ value }) => value as object)
    .filter((handler) => Reflect.hasMetadata('method', handler));
  return handlers.map((handler) => {
    const method = Reflect.getMetadata('method', handler) as RequestMethod;
    return `${RequestMethod[method]} ${base}/${Reflect.getMetadata('path', handler)}`;
  });
}

describe('the HTTP routes', () => {
  it.each([
    {
      heading: '### Self-service',
      base: '',
      controllers: [SelfServiceController, OwnEventsController],
    },
    {
      heading: '### Admin routes',
      base: '/admin',
      controllers: [
        AdminSessionsController,
        AdminUsersController,
        AdminAuditController,
        AdminJobsController,
        AdminOverviewController,
        AdminEventsController,
      ],
    },
  ])('stand in README under "$heading", and no others do', ({ heading, base, controllers }) => {
    const declared = controllers.flatMap((controller) => routesOf(base, controller));

    const documented = tableUnder(README, heading).map(([route]) => route);

    expect(new Set(documented)).toEqual(new Set(declared));
  });
});
