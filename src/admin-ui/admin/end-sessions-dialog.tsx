import { useState, type ReactNode } from 'react';
import type { SessionView } from '../../core/directory/session-view.js';
import { ApiError, type Api } from '../shared/api.js';
import { deviceText, userText } from '../shared/device.js';
import { failureText } from '../shared/failure.js';
import { useAnnounce, type Notice } from '../shared/notices.js';
import { numberText, texts } from '../shared/texts.js';
import { useAdmin } from './admin-context.js';
import { ConfirmDialog } from './confirm-dialog.js';

const AT_ONCE = 4;
/** From so many on their number has to be typed. */
const MANY = 10;

export interface EndSessionsDialogProps {
  readonly sessions: readonly SessionView[];
  readonly onClose: () => void;
  /** Of those that are not live any more, whoever ended them. */
  readonly onEnded: (ids: readonly string[]) => void;
}

/** Ends the sessions one by one, so that what fails for one holds up no other. */
export function EndSessionsDialog({
  sessions,
  onClose,
  onEnded,
}: EndSessionsDialogProps): ReactNode {
  const { api } = useAdmin();
  const announce = useAnnounce();
  const [done, setDone] = useState(0);
  const [only] = sessions;
  const isOne = sessions.length === 1;
  const act = async (reason: string | undefined): Promise<void> => {
    const outcome = await endEach(api, sessions, reason, () => setDone((before) => before + 1));
    onEnded(outcome.endedIds);
    announce(noticeOf(outcome));
    onClose();
  };
  const { ending } = texts;
  return (
    <ConfirmDialog
      title={isOne ? ending.one : ending.many(sessions.length)}
      confirm={isOne ? ending.confirmOne : ending.confirmMany(sessions.length)}
      onClose={onClose}
      act={act}
      {...(sessions.length >= MANY && { phrase: String(sessions.length) })}
    >
      {isOne && only && (
        <p className="text">
          <strong>{userText(only)}</strong> · {deviceText(only)} · {only.device.ip ?? '–'}
        </p>
      )}
      <p className="quiet">{isOne ? ending.irrevocableOne : ending.irrevocable}</p>
      {done > 0 && (
        <p role="status">
          {ending.running(`${numberText(done)} / ${numberText(sessions.length)}`)}
          <progress max={sessions.length} value={done} aria-hidden="true" />
        </p>
      )}
    </ConfirmDialog>
  );
}

interface Outcome {
  readonly ended: number;
  readonly gone: number;
  readonly failures: readonly string[];
  readonly endedIds: readonly string[];
}

/** @throws ApiError where the request itself is wrong, such as its reason, or nobody is signed in */
async function endEach(
  api: Api,
  sessions: readonly SessionView[],
  reason: string | undefined,
  onDone: () => void,
): Promise<Outcome> {
  const waiting = [...sessions];
  const endedIds: string[] = [];
  const failures: string[] = [];
  let gone = 0;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await api.change('DELETE', `sessions/${next.id}`, { body: { reason } });
        endedIds.push(next.id);
      } catch (error) {
        if (isRequestWrong(error)) throw error;
        if (error instanceof ApiError && error.status === 404) {
          gone += 1;
          endedIds.push(next.id);
        } else failures.push(`${userText(next)}, ${deviceText(next)}: ${failureText(error)}`);
      }
      onDone();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { ended: endedIds.length - gone, gone, failures, endedIds };
}

const isRequestWrong = (error: unknown): boolean =>
  error instanceof ApiError && [400, 401, 403].includes(error.status);

function noticeOf({ ended, gone, failures }: Outcome): Notice {
  const { ending } = texts;
  const parts = [
    ended > 0 && (ended === 1 ? ending.doneOne : ending.done(ended)),
    gone > 0 && ending.gone(gone),
    failures.length > 0 && ending.failed(failures.length),
  ];
  const tone = failures.length === 0 ? 'done' : ended > 0 ? 'partly' : 'failed';
  return { tone, text: parts.filter(Boolean).join(' '), details: failures };
}
