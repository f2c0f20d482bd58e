import { jest } from '@jest/globals';
import { within } from './within.js';

const never = new Promise<never>(() => undefined);

describe('a bounded wait', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('answers what the work answers, and leaves no timer', async () => {
    await expect(within(1_000, Promise.resolve('answer'))).resolves.toBe('answer');

    expect(jest.getTimerCount()).toBe(0);
  });

  it('fails as the work fails, and leaves no timer', async () => {
    await expect(within(1_000, Promise.reject(new Error('no')))).rejects.toThrow('no');

    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives up when its time is over, and not before', async () => {
    const settled = jest.fn();
    const waiting = within(1_000, never).catch(settled);

    await jest.advanceTimersByTimeAsync(999);
    const before = settled.mock.calls.length;
    await jest.advanceTimersByTimeAsync(1);
    await waiting;

    expect(before).toBe(0);
    expect(settled).toHaveBeenCalledWith(new Error('No answer within 1000 ms'));
  });

  it('gives up with the error that it is told', async () => {
    const waiting = within(1, never, () => new TypeError('late'));
    const expectation = expect(waiting).rejects.toThrow(TypeError);

    await jest.advanceTimersByTimeAsync(1);

    await expectation;
  });

  it('waits long where a timer of that length would be over at once', async () => {
    const settled = jest.fn();
    void within(2 ** 31, never).catch(settled);

    await jest.advanceTimersByTimeAsync(60_000);

    expect(settled).not.toHaveBeenCalled();
  });
});
