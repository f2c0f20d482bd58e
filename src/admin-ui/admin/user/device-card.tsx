import type { ReactNode } from 'react';
import type { SessionView } from '../../../core/directory/session-view.js';
import { deviceText, userText, whereText } from '../../shared/device.js';
import { texts } from '../../shared/texts.js';
import { Time } from '../../shared/time.js';

export interface DeviceCardProps {
  readonly session: SessionView;
  readonly onEnd: () => void;
  /** Ends every other one; absent where there is none. */
  readonly onKeep?: () => void;
}

export function DeviceCard({ session, onEnd, onKeep }: DeviceCardProps): ReactNode {
  const { device, impersonatorId, current } = session;
  const { user } = texts;
  return (
    <li className="panel device">
      <div className="row spread">
        <p className="cell-main text" title={device.userAgent ?? undefined}>
          {deviceText(session)}
          <span className="quiet">{whereText(session)}</span>
          {current && <span className="badge accent">{texts.sessions.here}</span>}
          {impersonatorId !== null && (
            <span className="badge warning">{texts.sessions.impersonated(impersonatorId)}</span>
          )}
        </p>
        <div className="row">
          {onKeep && (
            <button type="button" onClick={onKeep}>
              {user.keep}
            </button>
          )}
          {!current && (
            <button
              type="button"
              className="danger-quiet"
              aria-label={texts.sessions.endOf(userText(session), deviceText(session))}
              onClick={onEnd}
            >
              {texts.sessions.end}
            </button>
          )}
        </div>
      </div>
      <Facts session={session} />
    </li>
  );
}

function Facts({ session }: Pick<DeviceCardProps, 'session'>): ReactNode {
  const { createdAt, lastSeenAt, expiresAt, methods } = session;
  const { user } = texts;
  return (
    <dl className="facts">
      <Fact name={user.firstSeen}>
        <Time at={createdAt} as="short" />
      </Fact>
      <Fact name={user.lastSeen}>
        <Time at={lastSeenAt} />
      </Fact>
      <Fact name={user.expires}>
        <Time at={expiresAt} />
      </Fact>
      <Fact name={user.methods}>{methods.join(', ') || '–'}</Fact>
    </dl>
  );
}

export interface FactProps {
  readonly name: string;
  readonly children: ReactNode;
}

export const Fact = ({ name, children }: FactProps): ReactNode => (
  <div>
    <dt>{name}</dt>
    <dd className="text">{children}</dd>
  </div>
);
