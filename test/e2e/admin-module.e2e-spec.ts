import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  Module,
  ServiceUnavailableException,
  UnauthorizedException,
  type CanActivate,
  type ModuleMetadata,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { of } from 'rxjs';
import {
  SessionAdminModule,
  type SessionAdminModuleAsyncOptions,
  type SessionAdminModuleOptions,
} from '../../src/admin/index.js';
import { memoryStore, type AuditEvent } from '../../src/index.js';
import { ADMIN_OPTIONS, OperatorGuard, RolesModule, signIn } from '../support/admin-app.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';

/** What a deployment may know of its operators' tenants. */
@Injectable()
class Tenants {
  ofOperator(userId: string): string {
    return userId === 'operator' ? 'acme' : '';
  }
}

@Module({ providers: [Tenants], exports: [Tenants] })
class TenantsModule {}

describe('SessionAdminModule', () => {
  let sut: SessionApp | undefined;

  afterEach(async () => {
    await sut?.close();
    sut = undefined;
  });

  const start = async (
    imports: ModuleMetadata['imports'],
    store = memoryStore(),
  ): Promise<SessionApp> => {
    sut = await startSessionApp({ adminIndex: true, store }, { imports });
    return sut;
  };

  it('is not defined without a guard', () => {
    const options = { scope: 'all' } as unknown as SessionAdminModuleOptions;

    expect(() => SessionAdminModule.forRoot(options)).toThrow(/^Option "guard" must be/);
    expect(() =>
      SessionAdminModule.forRootAsync({
        useFactory: () => ({ scope: 'all' }),
      } as unknown as SessionAdminModuleAsyncOptions),
    ).toThrow(/^Option "guard" must be/);
  });

  it.each([undefined, null, '', 'everything', { tenantId: 'acme' }, true])(
    'is not defined with the scope %j',
    (scope) => {
      const options = { guard: OperatorGuard, scope } as unknown as SessionAdminModuleOptions;

      expect(() => SessionAdminModule.forRoot(options)).toThrow(/^Option "scope" must be/);
    },
  );

  it('does not start where the factory gives no scope', async () => {
    const module = SessionAdminModule.forRootAsync({
      ...ADMIN_OPTIONS,
      useFactory: () => ({}) as never,
    });

    await expect(start([module])).rejects.toThrow(/^Option "scope" must be/);
  });

  it('takes its scope from a factory', async () => {
    const module = SessionAdminModule.forRootAsync({
      guard: OperatorGuard,
      imports: [RolesModule, TenantsModule],
      inject: [Tenants],
      useFactory: async (tenants: Tenants) => ({
        scope: ({ userId }) => Promise.resolve({ tenantId: tenants.ofOperator(userId) }),
      }),
    });
    const { url } = await start([module]);
    const operator = await signIn(url, 'operator');
    await signIn(url, 'alice', 'acme');

    const answer = await operator.get('/admin/sessions');

    expect(answer.json()).toMatchObject({ items: [{ userId: 'alice', tenantId: 'acme' }] });
  });

  it('asks for the scope once a request, with the operator and the request', async () => {
    const asked: unknown[] = [];
    const module = SessionAdminModule.forRoot({
      ...ADMIN_OPTIONS,
      scope: ({ userId, tenantId }, { method }) => {
        asked.push([userId, tenantId, method]);
        return 'all';
      },
    });
    const { url } = await start([module]);
    const operator = await signIn(url, 'operator', 'acme');
    const alice = await signIn(url, 'alice');

    await operator.delete('/admin/users/alice/sessions');
    await alice.get('/admin/sessions');

    expect(asked).toEqual([['operator', 'acme', 'DELETE']]);
  });

  it.each([undefined, null, {}, { tenantId: undefined }, { tenantId: 7 }, 'acme', []])(
    'shows and ends nothing where the scope is %j',
    async (scope) => {
      const module = SessionAdminModule.forRoot({ ...ADMIN_OPTIONS, scope: () => scope as never });
      const { url } = await start([module]);
      const operator = await signIn(url, 'operator');
      const alice = await signIn(url, 'alice');

      const list = await operator.get('/admin/sessions');
      const ended = await operator.delete('/admin/users/alice/sessions');

      expect([list.status, ended.status]).toEqual([500, 500]);
      expect(list.json()).toMatchObject({ code: 'SESSION_CONFIG_INVALID' });
      expect((await alice.get('/guarded')).status).toBe(200);
    },
  );

  it('is mounted at the path it is given, below the application’s own prefixes', async () => {
    const { url } = await start([
      SessionAdminModule.forRoot({ ...ADMIN_OPTIONS, path: 'console/sessions' }),
      RouterModule.register([{ path: 'internal', module: SessionAdminModule }]),
    ]);
    const operator = await signIn(url, 'operator');

    const mounted = await operator.get('/internal/console/sessions/users/operator/sessions');
    const usual = await operator.get('/admin/sessions');

    expect([mounted.status, usual.status]).toEqual([200, 404]);
  });

  it('may be there twice, for operators of two kinds', async () => {
    @Injectable()
    class AuditorGuard implements CanActivate {
      canActivate(): ReturnType<CanActivate['canActivate']> {
        return of(true);
      }
    }
    const { url } = await start([
      SessionAdminModule.forRoot(ADMIN_OPTIONS),
      SessionAdminModule.forRoot({
        guard: AuditorGuard,
        scope: () => ({ tenantId: 'acme' }),
        path: 'acme',
      }),
    ]);
    const alice = await signIn(url, 'alice');

    const [admin, acme] = [await alice.get('/admin/sessions'), await alice.get('/acme/sessions')];

    expect([admin.status, acme.status]).toEqual([403, 200]);
    expect(acme.json()).toMatchObject({ items: [] });
  });

  it('has no audit to show where none is kept', async () => {
    const { url } = await start([SessionAdminModule.forRoot(ADMIN_OPTIONS)]);
    const operator = await signIn(url, 'operator');

    const answer = await operator.get('/admin/audit');

    expect(answer.status).toBe(404);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('lists over all users only where the creation order is kept', async () => {
    sut = await startSessionApp({}, { imports: [SessionAdminModule.forRoot(ADMIN_OPTIONS)] });
    const operator = await signIn(sut.url, 'operator');

    const all = await operator.get('/admin/sessions');
    const one = await operator.get('/admin/sessions?userId=operator');

    expect(all.json()).toMatchObject({
      code: 'SESSION_INPUT_INVALID',
      message: expect.stringContaining('adminIndex') as unknown,
    });
    expect(one.json()).toMatchObject({ items: [{ current: true }], examined: 1 });
  });

  it.each([
    [new UnauthorizedException('Not today'), 401, 1],
    [new ServiceUnavailableException('The directory is away'), 503, 0],
    [new Error('A bug'), 500, 0],
  ])('passes on what the guard throws, as in %s', async (error, status, recorded) => {
    @Injectable()
    class FailingGuard implements CanActivate {
      canActivate(): Promise<boolean> {
        return Promise.reject(error);
      }
    }
    const store = memoryStore({ shards: 1 });
    const { url } = await start(
      [SessionAdminModule.forRoot({ guard: FailingGuard, scope: 'all' })],
      store,
    );
    const alice = await signIn(url, 'alice');

    const answer = await alice.get('/admin/sessions');

    const events: AuditEvent[] = (await store.readOutbox(0, 100)).map(({ event }) => event);
    expect(answer.status).toBe(status);
    expect(events.filter(({ type }) => type === 'admin.access_denied')).toHaveLength(recorded);
  });
});
