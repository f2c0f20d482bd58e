import { useState, type ReactNode } from 'react';
import type { VerifyJobView } from '../../../admin/admin-views.js';
import type { AuditFinding } from '../../../audit/audit-finding.js';
import { Dialog } from '../../shared/dialog.js';
import { failureText } from '../../shared/failure.js';
import { useAnnounce } from '../../shared/notices.js';
import { texts } from '../../shared/texts.js';
import { useAdmin } from '../admin-context.js';
import { useAction } from '../confirm-dialog.js';
import { useJob } from '../use-job.js';

/** Has every row of the audit verified, and names those that are not as they were written. */
export function VerifyButton(): ReactNode {
  const { api } = useAdmin();
  const announce = useAnnounce();
  const [started, setStarted] = useState<VerifyJobView>();
  const { run, isBusy } = useAction(async () => {
    try {
      setStarted(await api.change<VerifyJobView>('POST', 'audit/verify', { body: {} }));
    } catch (error) {
      announce({ tone: 'failed', text: failureText(error) });
      throw error;
    }
  });
  return (
    <>
      <button type="button" onClick={run} disabled={isBusy}>
        {texts.audit.verify}
      </button>
      {started && <VerifyDialog started={started} onClose={() => setStarted(undefined)} />}
    </>
  );
}

interface VerifyDialogProps {
  readonly started: VerifyJobView;
  readonly onClose: () => void;
}

function VerifyDialog({ started, onClose }: VerifyDialogProps): ReactNode {
  const job = useJob(started, () => undefined) ?? started;
  const { done, total } = job.progress;
  return (
    <Dialog title={texts.audit.verify} onClose={onClose}>
      <div className="dialog-body" role="status">
        {job.state === 'running' && (
          <>
            <p className="number">{texts.audit.verifying(done, total)}</p>
            <progress max={total ?? 1} value={total === null ? 0 : done} aria-hidden="true" />
          </>
        )}
        {job.state === 'interrupted' && <p>{texts.ending.interrupted}</p>}
        {job.state === 'failed' && <p>{texts.job.failed(job.errorCode ?? texts.unknown)}</p>}
        {job.result && <VerifyResult result={job.result} />}
      </div>
    </Dialog>
  );
}

type Result = NonNullable<VerifyJobView['result']>;

export function VerifyResult({ result }: { readonly result: Result }): ReactNode {
  const { valid, rows, chains, findings, findingCount, unanchored } = result;
  return (
    <>
      <p className={`banner ${valid ? 'good' : 'danger'}`}>
        {valid ? texts.audit.valid(rows, chains) : texts.audit.broken(findingCount)}
      </p>
      {findings.length > 0 && (
        <ul className="findings" aria-label={texts.audit.findings}>
          {findings.map((finding, index) => (
            <li key={index}>
              <strong>{placeOf(finding)}</strong>: {texts.audit.findingCodes[finding.code]}
              {'eventId' in finding && finding.eventId !== undefined && (
                <span className="mono text quiet"> {finding.eventId}</span>
              )}
            </li>
          ))}
        </ul>
      )}
      {unanchored.length > 0 && (
        <p className="quiet small">{texts.audit.unanchored(unanchored.length)}</p>
      )}
    </>
  );
}

const placeOf = (finding: AuditFinding): string =>
  texts.audit.place(
    finding.chain,
    finding.chainSeq,
    'lastSeq' in finding ? finding.lastSeq : undefined,
  );
