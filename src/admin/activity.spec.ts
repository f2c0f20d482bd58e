import type { AuditTally } from '../audit/audit-reports.js';
import { Activity } from './activity.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-22T10:40:00.000Z');

interface Asked {
  readonly from?: number;
  readonly to?: number;
}

/** Has one sign-in an hour, and remembers what it was asked. */
function anAudit() {
  const asked: (readonly [string, string])[] = [];
  const tally = async ({ from = 0, to = 0 }: Asked): Promise<readonly AuditTally[]> => {
    asked.push([clockOf(from), clockOf(to)]);
    return Array.from({ length: (to - from) / HOUR }, (_, index) => ({
      from: from + index * HOUR,
      count: 1,
      type: 'session.created' as const,
    }));
  };
  return { audit: { tally }, asked };
}

const clockOf = (ms: number): string => new Date(ms).toISOString().slice(5, 16);

describe('sign-ins and endings by hour', () => {
  it('are of the present hour and the twenty-three before it, each once', async () => {
    const { audit } = anAudit();

    const view = await new Activity(audit, {}).read(NOW);

    expect(view).toMatchObject({
      from: '2026-11-21T11:00:00.000Z',
      to: '2026-11-22T11:00:00.000Z',
    });
    expect(view.signIns).toHaveLength(24);
    expect(new Set(view.signIns.map(({ from }) => from)).size).toBe(24);
  });

  it('are counted again of the last two hours only', async () => {
    const { audit, asked } = anAudit();
    const sut = new Activity(audit, {});
    await sut.read(NOW);
    asked.length = 0;

    const view = await sut.read(NOW + 60_000);

    expect(asked).toEqual([['11-22T09:00', '11-22T11:00']]);
    expect(view.signIns).toHaveLength(24);
  });

  it('are counted anew as an hour ends', async () => {
    const { audit, asked } = anAudit();
    const sut = new Activity(audit, {});
    await sut.read(NOW);
    asked.length = 0;

    await sut.read(NOW + HOUR);

    expect(asked).toEqual([
      ['11-21T12:00', '11-22T10:00'],
      ['11-22T10:00', '11-22T12:00'],
    ]);
  });

  it('are counted again where counting failed', async () => {
    const { audit } = anAudit();
    let isAway = true;
    const tally: typeof audit.tally = (filter) =>
      isAway ? Promise.reject(new Error('away')) : audit.tally(filter);
    const sut = new Activity({ tally }, {});

    await expect(sut.read(NOW)).rejects.toThrow('away');
    isAway = false;

    expect((await sut.read(NOW)).signIns).toHaveLength(24);
  });
});
