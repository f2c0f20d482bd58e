import { useCallback, useState, type ReactNode } from 'react';
import type { RevokeEverythingJobView } from '../../../admin/admin-views.js';
import { Empty, Failure } from '../../shared/failure.js';
import { useAnnounce } from '../../shared/notices.js';
import { texts } from '../../shared/texts.js';
import { useAdmin, useAnswer } from '../admin-context.js';
import { ConfirmDialog } from '../confirm-dialog.js';
import type { ViewProps } from '../view-props.js';
import { useJob } from '../use-job.js';

/** The job is in the address, so that it is found again after the operator's own session has ended. */
export function EmergencyView({ route, go }: ViewProps): ReactNode {
  const { api, operator } = useAdmin();
  const [isAsking, setAsking] = useState(false);
  const { emergency } = texts;
  if (operator.scope !== null) return <Empty>{emergency.scope}</Empty>;
  const act = async (reason: string | undefined): Promise<void> => {
    const body = { confirmation: emergency.phrase, reason };
    const path = 'sessions/revoke-everything';
    const { id } = await api.change<RevokeEverythingJobView>('POST', path, { body });
    setAsking(false);
    go({ view: 'emergency', job: id }, { history: 'replace' });
  };
  return (
    <div className="panel stack emergency">
      <p>
        <strong>{emergency.lead}</strong>
      </p>
      <ul className="bullets">
        {emergency.what.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {route['job'] !== undefined && <Progress id={route['job']} />}
      <button type="button" className="danger" onClick={() => setAsking(true)}>
        {emergency.open}
      </button>
      {isAsking && (
        <ConfirmDialog
          title={emergency.title}
          confirm={emergency.confirm}
          phrase={emergency.phrase}
          onClose={() => setAsking(false)}
          act={act}
        >
          <p className="quiet">{emergency.lead}</p>
        </ConfirmDialog>
      )}
    </div>
  );
}

function Progress({ id }: { readonly id: string }): ReactNode {
  const { data: started, error } = useAnswer<RevokeEverythingJobView>(`jobs/${id}`);
  const announce = useAnnounce();
  const onEnd = useCallback(
    ({ state }: RevokeEverythingJobView) =>
      announce(
        state === 'done'
          ? { tone: 'done', text: texts.emergency.done }
          : { tone: 'failed', text: texts.emergency.failed },
      ),
    [announce],
  );
  const job = useJob(started, onEnd);
  if (error && !job) return <Failure error={error} />;
  if (!job) return null;
  const { done, total } = job.progress;
  return (
    <div role="status" className="stack">
      <p>{textOf(job)}</p>
      <progress max={total ?? 1} value={total === null ? 0 : done} aria-hidden="true" />
    </div>
  );
}

function textOf({ state, progress }: RevokeEverythingJobView): string {
  if (state === 'done') return texts.emergency.done;
  const soFar = texts.emergency.progress(progress.done, progress.total);
  return state === 'running' ? soFar : `${soFar}. ${texts.emergency.failed}`;
}
