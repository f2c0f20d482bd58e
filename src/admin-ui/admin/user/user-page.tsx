import { useCallback, useMemo, useState, type ReactNode } from 'react';
import type { BlockView } from '../../../admin/admin-views.js';
import type { SessionView } from '../../../core/directory/session-view.js';
import type { ListView } from '../../../nest/self-service-views.js';
import { Empty, Failure, Loading } from '../../shared/failure.js';
import { texts } from '../../shared/texts.js';
import { Time } from '../../shared/time.js';
import { useAnswer } from '../admin-context.js';
import { EndSessionsDialog } from '../end-sessions-dialog.js';
import { useLivePage } from '../sessions/use-live-page.js';
import { BlockDialog, UnblockButton } from './block-dialog.js';
import { DeviceCard } from './device-card.js';
import { EndUserDialog } from './end-user-dialog.js';
import { Timeline } from './timeline.js';
import { pathOf, type UserRef } from './user-ref.js';

/** What is to be done; sessions to end, one to keep, or all of them. */
type Act =
  | { readonly is: 'end'; readonly session: SessionView }
  | { readonly is: 'keep'; readonly session: SessionView }
  | { readonly is: 'end-all' }
  | { readonly is: 'block' };

const MOST = 200;
const nothing = (): void => undefined;

export function UserPage(user: UserRef): ReactNode {
  const [act, setAct] = useState<Act>();
  const isHeld = useCallback(() => act !== undefined, [act]);
  const { userId, tenantId } = user;
  const isOfUser = useCallback(
    (of: { readonly userId: string; readonly tenantId: string }) =>
      of.userId === userId && of.tenantId === tenantId,
    [userId, tenantId],
  );
  useLivePage({ onEnded: nothing, isHeld, isShown: isOfUser });
  return (
    <div className="stack">
      <UserHead user={user} onAct={setAct} />
      <div className="columns">
        <Devices user={user} onAct={setAct} />
        <Timeline user={user} />
      </div>
      <ActDialog act={act} user={user} onClose={() => setAct(undefined)} />
    </div>
  );
}

interface PartProps {
  readonly user: UserRef;
  readonly onAct: (act: Act) => void;
}

function UserHead({ user, onAct }: PartProps): ReactNode {
  const { tenantId, userId } = user;
  const { data: block } = useAnswer<BlockView>(`${pathOf(user)}/block`, { tenantId });
  return (
    <div className="panel row spread">
      <div className="text">
        <h2 className="user-name">{userId}</h2>
        <p className="row small">
          {tenantId !== '' && <span className="quiet">{texts.admin.tenant(tenantId)}</span>}
          {block?.blockedUntil && (
            <span className="badge danger">
              {texts.user.blocked} <Time at={block.blockedUntil} as="short" />
            </span>
          )}
        </p>
      </div>
      <div className="row">
        {block?.blockedUntil ? (
          <UnblockButton user={user} />
        ) : (
          <button type="button" onClick={() => onAct({ is: 'block' })}>
            {texts.user.block}
          </button>
        )}
        <button type="button" className="danger" onClick={() => onAct({ is: 'end-all' })}>
          {texts.user.endAll}
        </button>
      </div>
    </div>
  );
}

function Devices({ user, onAct }: PartProps): ReactNode {
  const { data, error, refetch } = useAnswer<ListView<SessionView>>(`${pathOf(user)}/sessions`, {
    tenantId: user.tenantId,
    limit: MOST,
  });
  const sessions = useMemo(
    () => data?.items.toSorted((left, right) => right.lastSeenAt.localeCompare(left.lastSeenAt)),
    [data],
  );
  return (
    <section className="stack" aria-label={texts.user.devices}>
      <h2>
        {texts.user.devices} {sessions && <span className="quiet number">{sessions.length}</span>}
      </h2>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!sessions && !error && <Loading />}
      {sessions?.length === 0 && (
        <div className="panel">
          <Empty>{texts.user.noSessions}</Empty>
        </div>
      )}
      <ul className="stack">
        {sessions?.map((session) => (
          <DeviceCard
            key={session.id}
            session={session}
            onEnd={() => onAct({ is: 'end', session })}
            {...(sessions.length > 1 && { onKeep: () => onAct({ is: 'keep', session }) })}
          />
        ))}
      </ul>
    </section>
  );
}

interface ActDialogProps {
  readonly act: Act | undefined;
  readonly user: UserRef;
  readonly onClose: () => void;
}

function ActDialog({ act, user, onClose }: ActDialogProps): ReactNode {
  switch (act?.is) {
    case undefined:
      return null;
    case 'end':
      return <EndSessionsDialog sessions={[act.session]} onClose={onClose} onEnded={nothing} />;
    case 'keep':
      return <EndUserDialog user={user} keep={act.session} onClose={onClose} />;
    case 'end-all':
      return <EndUserDialog user={user} onClose={onClose} />;
    case 'block':
      return <BlockDialog user={user} onClose={onClose} />;
  }
}
