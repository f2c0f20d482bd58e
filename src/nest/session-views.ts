import { Inject, Injectable } from '@nestjs/common';
import type { SessionCore } from '../core/session-core.js';
import type { SessionInfo } from '../core/session-info.js';
import { toSessionView, type SessionView } from '../core/directory/session-view.js';
import { Places, requirePlaceOf } from './places.js';
import type { SessionModuleOptions } from './session-module.options.js';
import { SESSION_CORE, SESSION_OPTIONS } from './session.tokens.js';

/** Sessions as the API shows them to whoever holds the present one. */
@Injectable()
export class SessionViews {
  private readonly places: Places;

  /** @throws SessionConfigInvalidError */
  constructor(
    @Inject(SESSION_OPTIONS) { placeOf }: SessionModuleOptions,
    @Inject(SESSION_CORE) { reportError }: SessionCore,
  ) {
    this.places = new Places(requirePlaceOf(placeOf), reportError);
  }

  async all(sessions: readonly SessionInfo[], currentId: string): Promise<readonly SessionView[]> {
    const places = await this.places.of(sessions.flatMap(({ device }) => device.ip ?? []));
    return sessions.map((session) =>
      toSessionView(session, currentId, places.get(session.device.ip ?? '')),
    );
  }

  async one(session: SessionInfo, currentId: string): Promise<SessionView> {
    const [view] = await this.all([session], currentId);
    return view!;
  }
}
