import type { ReactNode } from 'react';
import type { EndedView } from '../../../admin/admin-views.js';
import type { SessionView } from '../../../core/directory/session-view.js';
import { deviceText } from '../../shared/device.js';
import { useAnnounce } from '../../shared/notices.js';
import { texts } from '../../shared/texts.js';
import { useAdmin, useRefresh } from '../admin-context.js';
import { ConfirmDialog } from '../confirm-dialog.js';
import { pathOf, type UserRef } from './user-ref.js';

export interface EndUserDialogProps {
  readonly user: UserRef;
  /** The one session to keep. Default: none. */
  readonly keep?: SessionView;
  readonly onClose: () => void;
}

export function EndUserDialog({ user, keep, onClose }: EndUserDialogProps): ReactNode {
  const { api } = useAdmin();
  const announce = useAnnounce();
  const refresh = useRefresh();
  const { userId, tenantId } = user;
  const act = async (reason: string | undefined): Promise<void> => {
    const body = { tenantId, reason, except: keep?.id };
    const path = `${pathOf(user)}/sessions`;
    const { ended } = await api.change<EndedView>('DELETE', path, { body });
    announce({ tone: 'done', text: ended === 0 ? texts.ending.nothing : texts.ending.done(ended) });
    refresh();
    onClose();
  };
  return (
    <ConfirmDialog
      title={keep ? texts.user.keepTitle(userId) : texts.user.endAllTitle(userId)}
      confirm={keep ? texts.user.keep : texts.user.endAll.replace('…', '')}
      onClose={onClose}
      act={act}
    >
      {keep && (
        <p className="text">
          <strong>{deviceText(keep)}</strong> · {keep.device.ip ?? '–'}
        </p>
      )}
      <p className="quiet">{texts.ending.irrevocable}</p>
    </ConfirmDialog>
  );
}
