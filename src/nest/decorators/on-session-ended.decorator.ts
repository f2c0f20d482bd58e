import { SetMetadata } from '@nestjs/common';
import type { SessionEnding } from '../../core/live/session-endings.js';
import { ON_SESSION_ENDED } from './metadata.js';

/** A method that hears of endings. What it throws is logged. */
type EndingHandler = (ending: SessionEnding) => unknown;

/**
 * Calls this method of a provider or controller for every session that ends, on every node, so that
 * each can clear up what it keeps of it. At most once a session on each node; not at all for an
 * ending that was told of while the node had no link to the store, so what must happen goes by
 * the audit trail. With a store that has no messages (SQLite, MariaDB) it hears of what its own
 * process ends, and of sessions with live connections here. Not for request-scoped providers.
 * @publicApi
 */
export const OnSessionEnded =
  () =>
  <Method extends EndingHandler>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    SetMetadata(ON_SESSION_ENDED, true)(target, name, descriptor);
  };
