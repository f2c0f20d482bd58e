import type { ReactNode } from 'react';
import type { SessionSearchView } from '../../../admin/admin-views.js';
import { Empty } from '../../shared/failure.js';
import { texts } from '../../shared/texts.js';

/** A page may be short, or empty, and still have a next. */
export function NoSessions({ data }: { readonly data: SessionSearchView }): ReactNode {
  const { items, nextCursor, examined } = data;
  if (nextCursor !== null && items.length < examined)
    return <p className="quiet small table-note">{texts.sessions.short(examined)}</p>;
  if (items.length > 0) return null;
  return (
    <Empty>
      <p>{texts.sessions.empty}</p>
      <p className="small">{texts.sessions.emptyHint}</p>
    </Empty>
  );
}
