import { useState, type ReactNode } from 'react';
import type { RevokeJobView, RevokePreviewView } from '../../admin/admin-views.js';
import type { Query } from '../shared/api.js';
import { Dialog } from '../shared/dialog.js';
import { Failure } from '../shared/failure.js';
import { useAnnounce, type Notice } from '../shared/notices.js';
import { numberText, texts } from '../shared/texts.js';
import { useAdmin } from './admin-context.js';
import { ConfirmDialog } from './confirm-dialog.js';
import { useJob } from './use-job.js';
import { useOnce } from './use-once.js';

export interface EndMatchingDialogProps {
  readonly filter: Query;
  readonly onClose: () => void;
  readonly onEnded: () => void;
}

/** Counts first; what is confirmed is that number, and what has been created meanwhile is spared. */
export function EndMatchingDialog(props: EndMatchingDialogProps): ReactNode {
  const { filter, onClose, onEnded } = props;
  const { api } = useAdmin();
  const [started, setStarted] = useState<RevokeJobView>();
  const preview = useOnce(() =>
    api.change<RevokePreviewView>('POST', 'sessions/revoke', { body: { filter, dryRun: true } }),
  );
  if (started) return <EndingProgress job={started} onClose={onClose} onEnded={onEnded} />;
  const act = async (reason: string | undefined): Promise<void> => {
    const { matched: max, before } = preview.answer!;
    const body = { filter, reason, before, max };
    setStarted(await api.change<RevokeJobView>('POST', 'sessions/revoke', { body }));
  };
  const { answer } = preview;
  const count = answer?.matched ?? 0;
  return (
    <ConfirmDialog
      title={texts.ending.matching}
      confirm={texts.ending.confirmMany(count)}
      onClose={onClose}
      act={act}
      state={answer?.complete && count > 0 ? 'ready' : 'waiting'}
      {...(count > 0 && { phrase: String(count) })}
    >
      <p className="quiet text">{describe(filter)}</p>
      <p role="status">
        {answer ? previewText(answer) : preview.error ? '' : texts.ending.counting}
      </p>
      {preview.error !== undefined && <Failure error={preview.error} />}
      {count > 0 && <p className="quiet">{texts.ending.irrevocable}</p>}
    </ConfirmDialog>
  );
}

const describe = (filter: Query): string =>
  Object.entries(filter)
    .map(([name, value]) => `${name} = ${String(value)}`)
    .join(', ');

function previewText({ matched, complete }: RevokePreviewView): string {
  const { ending } = texts;
  if (!complete) return ending.previewAtLeast(matched);
  return matched === 0 ? ending.previewNone : ending.preview(matched);
}

interface EndingProgressProps {
  readonly job: RevokeJobView;
  readonly onClose: () => void;
  readonly onEnded: () => void;
}

function EndingProgress({ job: started, onClose, onEnded }: EndingProgressProps): ReactNode {
  const announce = useAnnounce();
  const job = useJob(started, (finished) => {
    announce(noticeOf(finished));
    onEnded();
    onClose();
  });
  const { ended = 0, matched = null } = job ?? {};
  const max = matched ?? started.max;
  return (
    <Dialog title={texts.ending.matching} onClose={onClose}>
      <p role="status">{texts.ending.running(`${numberText(ended)} / ${numberText(max)}`)}</p>
      <progress max={max} value={ended} aria-label={texts.ending.matching} />
    </Dialog>
  );
}

function noticeOf({ state, ended, matched, errorCode }: RevokeJobView): Notice {
  const { ending } = texts;
  const soFar = ended > 0 ? ending.done(ended) : ending.nothing;
  switch (state) {
    case 'running':
    case 'done':
      return matched === null || matched === ended
        ? { tone: 'done', text: ending.done(ended) }
        : { tone: 'partly', text: ending.doneOf(ended, matched) };
    case 'refused':
      return { tone: 'failed', text: ending.refused };
    case 'interrupted':
      return { tone: 'partly', text: `${soFar} ${ending.interrupted}` };
    case 'failed':
      return { tone: 'failed', text: `${soFar} ${texts.job.failed(errorCode ?? texts.unknown)}` };
  }
}
