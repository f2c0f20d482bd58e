import { readFileSync, writeFileSync } from 'node:fs';
import { DocumentBuilder, type OpenAPIObject } from '@nestjs/swagger';
import { SessionAdminModule } from '../../src/admin/index.js';
import { auditEntities, auditMigrations, SessionAuditModule } from '../../src/audit/index.js';
import { memoryStore } from '../../src/index.js';
import { createSessionDocument } from '../../src/openapi/index.js';
import { ADMIN_OPTIONS } from '../support/admin-app.js';
import { openDatabase, type TestDatabase } from '../support/servers.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import { readText, tableUnder } from './documents.js';

const FILE = new URL('../../docs/openapi.json', import.meta.url);
const { version } = JSON.parse(readText('package.json')) as { readonly version: string };
const README = readText('README.md');

/** Only what this package mounts; the rest of the application is for tests. */
const isOwn = (path: string): boolean => /^\/(admin|sessions?)(\/|$)/.test(path);

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

describe('the OpenAPI document', () => {
  let database: TestDatabase;
  let sut: SessionApp;
  let document: OpenAPIObject;

  beforeAll(async () => {
    database = await openDatabase('sqlite', {
      entities: auditEntities,
      migrations: auditMigrations,
    });
    await database.dataSource.runMigrations();
    sut = await startSessionApp(
      { store: memoryStore(), adminIndex: true },
      {
        imports: [
          SessionAuditModule.forRoot({ dataSource: database.dataSource, selfService: true }),
          SessionAdminModule.forRoot(ADMIN_OPTIONS),
        ],
      },
    );
    const config = new DocumentBuilder()
      .setOpenAPIVersion('3.1.0')
      .setTitle('nestjs-gatehouse')
      .setDescription('Sessions: of one’s own, and for operators.')
      .setVersion(version)
      .addCookieAuth('__Host-sid')
      .build();
    const whole = createSessionDocument(sut.app, config, { autoTagControllers: false });
    const paths = Object.entries(whole.paths).filter(([path]) => isOwn(path));
    document = { ...whole, paths: Object.fromEntries(paths) };
  });

  afterAll(async () => {
    await sut.close();
    await database.close();
  });

  it('is the one in docs/openapi.json', () => {
    const text = `${JSON.stringify(document, undefined, 2)}\n`;
    if (process.env['UPDATE_OPENAPI'] !== undefined) writeFileSync(FILE, text);

    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(text));
  });

  it('describes the routes that README has, and no others', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );

    const documented = ['### Self-service', '### Admin routes'].flatMap((heading) =>
      tableUnder(README, heading).map(([route]) => route!.replace(/:(\w+)/g, '{$1}')),
    );

    expect(described.sort()).toEqual(documented.sort());
  });

  it('names its schemas, each of which something refers to, and refers to no others', () => {
    const referred = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)];

    const names = new Set(referred.map(([, name]) => name));

    expect(names).toEqual(new Set(Object.keys(document.components!.schemas!)));
  });

  it('has a summary, an example and the error codes of each route, and every path parameter once', () => {
    for (const [path, methods] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(methods as Record<string, Described>)) {
        const names = (operation.parameters ?? [])
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => name);
        const expected = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        expect([method, path, names]).toEqual([method, path, expected]);
        expect(operation).toMatchObject({ summary: expect.stringMatching(/.{8}/) });
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '503']));
        for (const [status, response] of Object.entries(operation.responses))
          if (status !== '204') expect(JSON.stringify(response)).toContain('"example":');
      }
  });
});
