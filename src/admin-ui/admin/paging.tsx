import { useRef, type ReactNode } from 'react';
import { texts } from '../shared/texts.js';

export interface PagingProps {
  readonly cursor: string | undefined;
  readonly nextCursor: string | null | undefined;
  readonly onCursor: (cursor: string | undefined) => void;
}

/** Pages by the API's cursors: as quick on the last as on the first. */
export function Paging({ cursor, nextCursor, onCursor }: PagingProps): ReactNode {
  const passed = useRef<(string | undefined)[]>([]);
  if (cursor === undefined) passed.current = [];
  if (cursor === undefined && !nextCursor) return null;
  const go = (next: string | undefined): void => {
    onCursor(next);
    window.scrollTo({ top: 0 });
  };
  return (
    <nav className="row paging" aria-label={texts.sessions.paging}>
      <button type="button" disabled={cursor === undefined} onClick={() => go(undefined)}>
        {texts.sessions.first}
      </button>
      <button
        type="button"
        disabled={passed.current.length === 0}
        onClick={() => go(passed.current.pop())}
      >
        {texts.sessions.previous}
      </button>
      <button
        type="button"
        disabled={!nextCursor}
        onClick={() => {
          passed.current.push(cursor);
          go(nextCursor ?? undefined);
        }}
      >
        {texts.sessions.next}
      </button>
    </nav>
  );
}
