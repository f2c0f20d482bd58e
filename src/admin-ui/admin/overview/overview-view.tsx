import type { ReactNode } from 'react';
import type {
  ActivityView,
  DevicesView,
  OverviewView as Overview,
} from '../../../admin/admin-views.js';
import { Empty, Failure, Loading } from '../../shared/failure.js';
import { numberText, texts } from '../../shared/texts.js';
import { useAnswer } from '../admin-context.js';
import { Activity } from './activity.js';
import { Health } from './health.js';
import { useOverviewPolling } from './use-overview-polling.js';

/** The state of things; read passively and again while it is shown. */
export function OverviewView(): ReactNode {
  const { data, error, refetch } = useAnswer<Overview>('overview');
  useOverviewPolling();
  if (error && !data) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  return (
    <div className="stack">
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      <Figures overview={data} />
      {data.activity && <Activity activity={data.activity} />}
      <div className="columns thirds">
        <DeviceShares title={texts.overview.browsers} devices={data.devices} of="browsers" />
        <DeviceShares title={texts.overview.systems} devices={data.devices} of="systems" />
        <Health health={data.health} />
      </div>
    </div>
  );
}

const sumOf = (counts: readonly { readonly count: number }[]): number =>
  counts.reduce((sum, { count }) => sum + count, 0);

function Figures({ overview }: { readonly overview: Overview }): ReactNode {
  const { live, activity } = overview;
  const figures: readonly (readonly [string, number])[] = [
    [texts.overview.live, live.sessions],
    [texts.overview.users, live.users],
    ...(activity ? activityFigures(activity) : []),
  ];
  return (
    <dl className="figures">
      {figures.map(([name, value]) => (
        <div key={name} className="panel">
          <dt>{name}</dt>
          <dd className="number">{numberText(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

const activityFigures = ({ signIns, endings, failedLogins }: ActivityView) =>
  [
    [texts.overview.signIns24, sumOf(signIns)],
    [texts.overview.endings24, sumOf(endings)],
    [texts.overview.failed24, sumOf(failedLogins)],
  ] as const;

interface DeviceSharesProps {
  readonly title: string;
  readonly devices: DevicesView | null;
  readonly of: 'browsers' | 'systems';
}

const SHOWN = 8;

function DeviceShares({ title, devices, of }: DeviceSharesProps): ReactNode {
  const most = devices?.[of][0]?.count ?? 1;
  return (
    <section className="panel stack" aria-label={title}>
      <h2>
        {title}{' '}
        {devices && !devices.complete && (
          <span className="quiet small">{texts.overview.sampled(devices.sampled)}</span>
        )}
      </h2>
      {!devices && <Empty>{texts.overview.noIndex}</Empty>}
      <ul className="shares">
        {devices?.[of].slice(0, SHOWN).map(({ name, count }) => (
          <li key={name}>
            <span className="text">{name}</span>
            <span className="number quiet">{numberText(count)}</span>
            <progress max={most} value={count} aria-hidden="true" />
          </li>
        ))}
      </ul>
    </section>
  );
}
