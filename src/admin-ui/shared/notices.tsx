import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { texts } from './texts.js';

/** What an action has done, as its reader should hear it. */
export interface Notice {
  readonly tone: 'done' | 'partly' | 'failed';
  readonly text: string;
  /** One line for each thing that failed. */
  readonly details?: readonly string[];
}

type Announce = (notice: Notice) => void;
const AnnounceContext = createContext<Announce>(() => undefined);

export const useAnnounce = (): Announce => useContext(AnnounceContext);

/** The last few are kept until they are closed: what failed must not pass by unread. */
const KEPT = 3;

export function Notices({ children }: { readonly children: ReactNode }): ReactNode {
  const [notices, setNotices] = useState<readonly (Notice & { readonly key: number })[]>([]);
  const announce = useCallback<Announce>((notice) => {
    setNotices((before) => {
      const key = (before.at(-1)?.key ?? 0) + 1;
      return [...before, { ...notice, key }].slice(-KEPT);
    });
  }, []);
  const close = useCallback((key: number) => {
    setNotices((before) => before.filter((notice) => notice.key !== key));
  }, []);
  const shown = useMemo(
    () =>
      notices.map((notice) => (
        <NoticeCard key={notice.key} notice={notice} onClose={() => close(notice.key)} />
      )),
    [notices, close],
  );
  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="notices" role="status" aria-live="polite" aria-label={texts.notices}>
        {shown}
      </div>
    </AnnounceContext>
  );
}

interface NoticeCardProps {
  readonly notice: Notice;
  readonly onClose: () => void;
}

function NoticeCard({ notice, onClose }: NoticeCardProps): ReactNode {
  const { tone, text, details = [] } = notice;
  return (
    <div className={`notice ${tone}`}>
      <div>
        <p>{text}</p>
        {details.length > 0 && (
          <ul>
            {details.map((detail, index) => (
              <li key={index}>{detail}</li>
            ))}
          </ul>
        )}
      </div>
      <button type="button" className="icon" aria-label={texts.close} onClick={onClose}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M4 4l8 8M12 4l-8 8" />
        </svg>
      </button>
    </div>
  );
}
