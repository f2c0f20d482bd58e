import { anOperation } from '../../testing/builders.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { deadlineIn, deadlineOf } from './deadlines.js';

describe('a deadline', () => {
  it('comes nearer as time passes', () => {
    const deadline = deadlineIn(1_000);
    const first = deadline.remainingMs();

    expect(first).toBeLessThanOrEqual(1_000);
    expect(deadline.remainingMs()).toBeLessThanOrEqual(first);
  });

  it('comes nearer as the operation’s clock moves on', () => {
    const clock = new FakeClock();
    const operation = anOperation(clock, { deadline: clock.now() + 1_000 });
    const deadline = deadlineOf(operation, () => clock.now());

    clock.advance(999);
    const before = deadline.remainingMs();
    clock.advance(1);

    expect(before).toBeGreaterThan(0);
    expect(deadline.remainingMs()).toBeLessThanOrEqual(0);
  });

  it('is not put off by a clock that is set back', () => {
    const clock = new FakeClock();
    const operation = anOperation(clock, { deadline: clock.now() + 1_000 });
    const deadline = deadlineOf(operation, () => clock.now());

    clock.set(clock.now() - 60_000);

    expect(deadline.remainingMs()).toBeLessThanOrEqual(1_000);
  });
});
