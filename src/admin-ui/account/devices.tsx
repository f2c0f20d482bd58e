import { useState, type ReactNode } from 'react';
import type { SessionView } from '../../core/directory/session-view.js';
import { deviceText, whereText } from '../shared/device.js';
import { texts } from '../shared/texts.js';
import { Time } from '../shared/time.js';
import type { Account } from './account.js';
import { EndDialog, type Ending } from './end-dialog.js';

export interface DevicesProps {
  readonly account: Account;
  readonly sessions: readonly SessionView[];
  readonly onChange: () => void;
}

export function Devices({ account, sessions, onChange }: DevicesProps): ReactNode {
  const [ending, setEnding] = useState<Ending>();
  return (
    <section className="stack" aria-label={texts.account.title}>
      <ul className="panel devices">
        {sessions.map((session) => (
          <Device key={session.id} session={session} onEnd={() => setEnding({ session })} />
        ))}
      </ul>
      {sessions.length > 1 && (
        <button
          type="button"
          className="danger-quiet end-others"
          onClick={() => setEnding('others')}
        >
          {texts.account.endOthers}
        </button>
      )}
      {ending && (
        <EndDialog
          account={account}
          ending={ending}
          onClose={() => setEnding(undefined)}
          onEnded={onChange}
        />
      )}
    </section>
  );
}

interface DeviceProps {
  readonly session: SessionView;
  readonly onEnd: () => void;
}

function Device({ session, onEnd }: DeviceProps): ReactNode {
  const { account } = texts;
  const { current, lastSeenAt, createdAt } = session;
  return (
    <li>
      <div className="text">
        <p className="cell-main">
          {deviceText(session)}
          {current && <span className="badge good">{account.here}</span>}
        </p>
        <p className="quiet small">
          {account.seen} <Time at={lastSeenAt} /> · {account.since}{' '}
          <Time at={createdAt} as="short" />
        </p>
        <p className="quiet small">{whereText(session)}</p>
      </div>
      <button
        type="button"
        className={current ? '' : 'danger-quiet'}
        aria-label={current ? account.endHere : account.endOf(deviceText(session))}
        onClick={onEnd}
      >
        {account.end}
      </button>
    </li>
  );
}
