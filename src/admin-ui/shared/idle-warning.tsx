import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { useSignedOut } from './signed-out.js';
import { texts } from './texts.js';

/** When the session ends, and the server's time to measure it by. */
export interface Deadlines {
  readonly now: string;
  readonly idleExpiresAt: string;
  readonly absoluteExpiresAt: string;
}

const SECOND = 1_000;
const MINUTE = 60_000;
/** The longest time before the end that is warned of; a short timeout warns in its last quarter. */
const LONGEST_WARNING = 2 * MINUTE;
const CALM_POLL = MINUTE;
const WARNING_POLL = 10 * SECOND;

export interface IdleWarningProps {
  /** Reads the deadlines without keeping the session alive. */
  readonly read: () => Promise<Deadlines>;
  /** What the reader does on purpose to stay: keeps the session alive. */
  readonly stay: () => Promise<unknown>;
}

/** Warns before silence or age ends the session. It asks passively, so it never prevents either. */
export function IdleWarning({ read, stay }: IdleWarningProps): ReactNode {
  const { left, isAbsolute, ask } = useTimeLeft(read);
  const { notice } = useSignedOut();
  const longest = useRef(0);
  if (left === undefined) return null;
  longest.current = Math.max(longest.current, left);
  if (left > Math.min(LONGEST_WARNING, longest.current / 4)) return null;
  const text = isAbsolute ? texts.idle.absolute : texts.idle.text;
  return (
    <div className="banner" role="alert">
      <span>
        <strong>{texts.idle.title}</strong> {text(leftText(left))}
      </span>
      {!isAbsolute && (
        <button type="button" onClick={() => void stay().then(ask, notice)}>
          {texts.idle.stay}
        </button>
      )}
    </div>
  );
}

/** In steps that a screen reader can keep up with. */
function leftText(left: number): string {
  if (left > MINUTE) return texts.idle.minutes(Math.ceil(left / MINUTE));
  return texts.idle.seconds(Math.max(0, Math.ceil(left / (10 * SECOND)) * 10));
}

function useTimeLeft(read: IdleWarningProps['read']) {
  const { notice } = useSignedOut();
  const [end, setEnd] = useState<{ readonly at: number; readonly isAbsolute: boolean }>();
  const [now, setNow] = useState(() => performance.now());
  const ask = useCallback(
    () =>
      read().then((deadlines) => {
        setEnd(endOf(deadlines));
        setNow(performance.now());
      }, notice),
    [read, notice],
  );
  const left = end && end.at - now;
  const isNear = left !== undefined && left < LONGEST_WARNING;
  useEffect(() => {
    void ask();
    const poll = setInterval(() => void ask(), isNear ? WARNING_POLL : CALM_POLL);
    return () => clearInterval(poll);
  }, [ask, isNear]);
  useEffect(() => {
    const tick = setInterval(() => setNow(performance.now()), isNear ? SECOND : WARNING_POLL);
    return () => clearInterval(tick);
  }, [isNear]);
  return { left, isAbsolute: end?.isAbsolute ?? false, ask };
}

/** By the clock of this page, which may be set wrong but runs at the same pace. */
function endOf({ now, idleExpiresAt, absoluteExpiresAt }: Deadlines) {
  const idle = Date.parse(idleExpiresAt);
  const absolute = Date.parse(absoluteExpiresAt);
  const left = Math.min(idle, absolute) - Date.parse(now);
  return { at: performance.now() + left, isAbsolute: absolute <= idle };
}
