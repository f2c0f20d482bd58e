import { composeSessionId } from '../ids.js';
import { Announcer, type SessionListener, type SessionNotice } from './session-notices.js';
import type { EndedSession } from '../session-store.js';

const ALICE = { tenantId: '', userId: 'alice' };
const idIn = (shard: number, last: number) => composeSessionId(shard, Buffer.alloc(16, last));

function listen({ audit = true } = {}) {
  const notices: SessionNotice[] = [];
  const grown: number[] = [];
  const listener: SessionListener = {
    notice: (notice) => notices.push(notice),
    outboxGrew: (shard) => grown.push(shard),
  };
  const told: EndedSession[] = [];
  const doubted: (number | undefined)[] = [];
  const sessionEndings = {
    tell: (endings: readonly EndedSession[]) => void told.push(...endings),
    doubt: (shard?: number) => void doubted.push(shard),
  };
  const announcer = new Announcer(listener, { audit }, sessionEndings);
  return { announcer, notices, grown, told, doubted };
}

describe('announcing', () => {
  it('a change tells of the session and its shard', () => {
    const { announcer, notices, grown } = listen();

    announcer.change('session.rotated', { id: idIn(3, 1), user: ALICE }, 7);

    expect(notices).toEqual([
      { type: 'session.rotated', at: 7, sessionId: idIn(3, 1), user: ALICE },
    ]);
    expect(grown).toEqual([3]);
  });

  it('endings tells of each session and once of each shard', () => {
    const { announcer, notices, grown } = listen();
    const endings: readonly EndedSession[] = [
      { id: idIn(3, 1), user: ALICE, state: 'evicted', reason: 'session-limit' },
      { id: idIn(3, 2), user: ALICE, state: 'expired', reason: 'idle' },
      { id: idIn(5, 3), user: ALICE, state: 'revoked', reason: 'logout' },
    ];

    announcer.endings(endings, 7);

    expect(notices).toEqual([
      {
        type: 'session.evicted',
        at: 7,
        sessionId: idIn(3, 1),
        user: ALICE,
        reason: 'session-limit',
      },
      { type: 'session.expired', at: 7, sessionId: idIn(3, 2), user: ALICE, reason: 'idle' },
      { type: 'session.revoked', at: 7, sessionId: idIn(5, 3), user: ALICE, reason: 'logout' },
    ]);
    expect(grown).toEqual([3, 5]);
  });

  it('what happens to sessions of nobody tells of no audit event', () => {
    const { announcer, notices, grown } = listen();

    announcer.change('session.rotated', { id: idIn(3, 1) }, 7);
    announcer.endings([{ id: idIn(3, 2), state: 'expired', reason: 'idle' }], 7);

    expect(notices).toEqual([
      { type: 'session.rotated', at: 7, sessionId: idIn(3, 1) },
      { type: 'session.expired', at: 7, sessionId: idIn(3, 2), reason: 'idle' },
    ]);
    expect(grown).toEqual([]);
  });

  it('tells of no audit event where none is kept', () => {
    const { announcer, notices, grown } = listen({ audit: false });

    announcer.change('session.rotated', { id: idIn(3, 1), user: ALICE }, 7);
    announcer.endings([{ id: idIn(3, 1), user: ALICE, state: 'expired', reason: 'idle' }], 7);
    announcer.fact(3, { type: 'login.failed', at: 7 });

    expect(notices).toHaveLength(3);
    expect(grown).toEqual([]);
  });

  it('no endings tells nothing', () => {
    const { announcer, notices, grown } = listen();

    announcer.endings([], 7);

    expect([notices, grown]).toEqual([[], []]);
  });
});
