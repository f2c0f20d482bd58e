import { Suspense, lazy, useEffect, type ComponentType, type ReactNode } from 'react';
import { Loading } from '../shared/failure.js';
import { useRoute } from '../shared/route.js';
import { texts } from '../shared/texts.js';
import { clockTime } from '../shared/time.js';
import { useAdmin } from './admin-context.js';
import { ViewLink } from './links.js';
import { useLiveState } from './live.js';
import { SessionsView } from './sessions/sessions-view.js';
import type { ViewProps } from './view-props.js';

/** What draws charts comes when it is asked for. */
const VIEWS = {
  overview: lazy(async () => ({
    default: (await import('./overview/overview-view.js')).OverviewView,
  })),
  sessions: SessionsView,
  user: lazy(async () => ({ default: (await import('./user/user-view.js')).UserView })),
  audit: lazy(async () => ({ default: (await import('./audit/audit-view.js')).AuditView })),
  emergency: lazy(async () => ({
    default: (await import('./emergency/emergency-view.js')).EmergencyView,
  })),
} satisfies Record<string, ComponentType<ViewProps>>;

export type ViewName = keyof typeof VIEWS;

const isView = (name: string | undefined): name is ViewName => name !== undefined && name in VIEWS;

export function Shell({ warning }: { readonly warning: ReactNode }): ReactNode {
  const { route, go } = useRoute();
  const view = isView(route['view']) ? route['view'] : 'overview';
  const View = VIEWS[view];
  const title = texts.admin.views[view];
  useEffect(() => {
    document.title = `${title} · ${texts.admin.title}`;
  }, [title]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {texts.skip}
      </a>
      <Navigation current={view} />
      <main id="content" tabIndex={-1}>
        <header className="view-head">
          <h1>{title}</h1>
          <Connection />
        </header>
        <StaleBanner />
        {warning}
        <Suspense fallback={<Loading />}>
          <View key={view} route={route} go={go} />
        </Suspense>
      </main>
    </div>
  );
}

function Navigation({ current }: { readonly current: ViewName }): ReactNode {
  const { operator } = useAdmin();
  const names = (Object.keys(VIEWS) as ViewName[]).filter(
    (name) => name !== 'emergency' || operator.scope === null,
  );
  return (
    <header className="sidebar">
      <p className="brand">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M3 14V7a5 5 0 0 1 10 0v7M8 14V8M2 14h12" />
        </svg>
        {texts.admin.title}
      </p>
      <nav aria-label={texts.admin.navigation}>
        <ul>
          {names.map((name) => (
            <li key={name}>
              <ViewLink to={{ view: name }} current={name === current}>
                {texts.admin.views[name]}
              </ViewLink>
            </li>
          ))}
        </ul>
      </nav>
      <p className="operator text">
        {texts.admin.as(operator.userId)}
        <span className="quiet">
          {operator.scope === null ? texts.admin.allTenants : texts.admin.tenant(operator.scope)}
        </span>
      </p>
    </header>
  );
}

function Connection(): ReactNode {
  const state = useLiveState(useAdmin().live);
  const marks = {
    live: ['good', texts.connection.live],
    connecting: ['', texts.connection.connecting],
    stale: ['warning', texts.connection.staleShort],
  } as const;
  const [tone, text] = marks[state.is];
  return (
    <span className={`badge ${tone}`}>
      <span className="dot" aria-hidden="true" />
      {text}
    </span>
  );
}

function StaleBanner(): ReactNode {
  const state = useLiveState(useAdmin().live);
  return (
    <div role="status">
      {state.is === 'stale' && (
        <p className="banner">{texts.connection.stale(clockTime(state.since))}</p>
      )}
    </div>
  );
}
