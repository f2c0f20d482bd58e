import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { SessionEvents } from './session-events.js';

describe('SessionEvents', () => {
  const warn = jest.spyOn(Logger.prototype, 'warn');
  beforeEach(() => warn.mockReset());
  afterAll(() => warn.mockRestore());

  it('names the shards in which audit events have been left', () => {
    const events = new SessionEvents();
    const shards: number[] = [];
    events.outbox$.subscribe((shard) => shards.push(shard));

    events.outboxGrew(3);
    events.outboxGrew(5);

    expect(shards).toEqual([3, 5]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('warns once where nothing delivers them', () => {
    const events = new SessionEvents();

    events.outboxGrew(3);
    events.outboxGrew(5);

    expect(warn.mock.calls).toEqual([
      [
        'Audit events are kept and nothing in this process delivers them: import SessionAuditModule, or set audit: false',
      ],
    ]);
  });

  it('does not warn while nothing has been left', () => {
    const events = new SessionEvents();

    events.notice({ type: 'session.created', at: 1 });

    expect(warn).not.toHaveBeenCalled();
  });

  it('does not warn once what delivers them has stopped, as it does at shutdown', () => {
    const events = new SessionEvents();
    const subscription = events.outbox$.subscribe();
    events.outboxGrew(3);
    subscription.unsubscribe();

    events.outboxGrew(3);

    expect(warn).not.toHaveBeenCalled();
  });
});
