import {
  Injectable,
  Module,
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
} from '@nestjs/common';
import type { Request } from 'express';
import {
  SessionAdminModule,
  type AdminScopeOf,
  type SessionAdminModuleOptions,
} from '../../src/admin/index.js';
import {
  AUDIT_QUERY,
  type AuditFilter,
  type AuditQuery,
  type AuditView,
} from '../../src/audit/audit-query.js';
import type { SessionCore } from '../../src/core/session-core.js';
import type { Page, PageRequest, SessionStore } from '../../src/core/session-store.js';
import { SessionInputInvalidError, SESSION_STORE } from '../../src/index.js';
import { findSignedIn } from '../../src/nest/current-session.js';
import { SESSION_CORE } from '../../src/nest/session.tokens.js';
import { Browser } from './browser.js';
import { startSessionApp, type SessionApp } from './session-app.js';
import type { OpenedStore } from './stores.js';

/** Who is an operator; the guard's own dependency, as an application would have one. */
@Injectable()
export class Roles {
  isOperator(userId: string): boolean {
    return userId.startsWith('operator');
  }
}

@Module({ providers: [Roles], exports: [Roles] })
export class RolesModule {}

@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(private readonly roles: Roles) {}

  canActivate(context: ExecutionContext): boolean {
    const session = findSignedIn(context.switchToHttp().getRequest<Request>());
    return session !== undefined && this.roles.isOperator(session.userId);
  }
}

/** An operator without a tenant sees all; any other, what is of the same tenant. */
export const scopeByTenant: AdminScopeOf = ({ tenantId }) =>
  tenantId === '' ? 'all' : { tenantId };

export const ADMIN_OPTIONS: SessionAdminModuleOptions = {
  guard: OperatorGuard,
  scope: scopeByTenant,
  imports: [RolesModule],
};

/** Answers from what waits in the outbox, newest first. */
class OutboxQuery implements AuditQuery {
  constructor(private readonly store: SessionStore) {}

  async find(filter: AuditFilter, { limit, cursor = '0' }: PageRequest): Promise<Page<AuditView>> {
    if (!/^\d+$/.test(cursor)) throw new SessionInputInvalidError('cursor', 'is no number');
    const found = (await this.views()).filter((view) => isMatch(view, filter));
    const end = Number(cursor) + limit;
    const items = found.slice(Number(cursor), end);
    return { items, ...(end < found.length && { nextCursor: String(end) }) };
  }

  private async views(): Promise<AuditView[]> {
    const shards = Array.from({ length: this.store.shards }, async (_, chain) => {
      const entries = await this.store.readOutbox(chain, 1_000);
      return entries.map(({ event }, chainSeq): AuditView => {
        return { ...event, recordedAt: event.occurredAt + 1, chain, chainSeq };
      });
    });
    const views = (await Promise.all(shards)).flat();
    return views.sort((left, right) => right.occurredAt - left.occurredAt);
  }
}

function isMatch(view: AuditView, { type, from = 0, to = Infinity, ...exact }: AuditFilter) {
  const types = typeof type === 'string' ? [type] : type;
  return (
    (types?.includes(view.type) ?? true) &&
    view.occurredAt >= from &&
    view.occurredAt < to &&
    Object.entries(exact).every(([name, value]) => view[name as keyof AuditView] === value)
  );
}

@Module({})
class OutboxAuditModule {
  static forRoot(): DynamicModule {
    return {
      module: OutboxAuditModule,
      global: true,
      providers: [
        {
          provide: AUDIT_QUERY,
          inject: [SESSION_STORE],
          useFactory: (store: SessionStore) => new OutboxQuery(store),
        },
      ],
      exports: [AUDIT_QUERY],
    };
  }
}

export interface AdminApp extends SessionApp {
  readonly core: SessionCore;
  /** A browser in which the user has logged in. */
  signIn(userId: string, tenantId?: string): Promise<Browser>;
}

/** A small application with the operators' API and an audit. */
export async function startAdminApp({ store }: Pick<OpenedStore, 'store'>): Promise<AdminApp> {
  const sut = await startSessionApp(
    { store, adminIndex: true },
    { imports: [SessionAdminModule.forRoot(ADMIN_OPTIONS), OutboxAuditModule.forRoot()] },
  );
  const core = sut.app.get<SessionCore>(SESSION_CORE);
  return { ...sut, core, signIn: (userId, tenantId) => signIn(sut.url, userId, tenantId) };
}

export async function signIn(url: string, userId: string, tenantId = ''): Promise<Browser> {
  const browser = new Browser(url);
  const query = new URLSearchParams({ user: userId, tenant: tenantId });
  const answer = await browser.post(`/login?${query.toString()}`);
  if (answer.status !== 201) throw new Error(`Login of ${userId}: ${answer.text}`);
  return browser;
}
