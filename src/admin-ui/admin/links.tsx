import type { MouseEvent, ReactNode } from 'react';
import { addressOf, useRoute } from '../shared/route.js';

export interface ViewLinkProps {
  readonly to: Readonly<Record<string, string | undefined>>;
  readonly current?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A real link, which opens in place unless the reader asks for a tab or window of its own. */
export function ViewLink({ to, current, className, children }: ViewLinkProps): ReactNode {
  const { go } = useRoute();
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    go(to);
  };
  return (
    <a
      href={addressOf(to)}
      onClick={follow}
      className={className}
      aria-current={current ? 'page' : undefined}
    >
      {children}
    </a>
  );
}

export interface UserLinkProps {
  readonly userId: string;
  readonly tenantId: string;
}

export const UserLink = ({ userId, tenantId }: UserLinkProps): ReactNode => (
  <ViewLink className="text" to={{ view: 'user', user: userId, tenant: tenantId }}>
    {userId}
  </ViewLink>
);
