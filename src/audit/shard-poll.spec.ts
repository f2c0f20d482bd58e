import { jest } from '@jest/globals';
import { ShardPoll } from './shard-poll.js';

const SHARDS = [0, 1, 2];

describe('the poll of shards', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const begin = () => {
    const rounds: (readonly number[])[] = [];
    const work = async (shards: readonly number[]) => void rounds.push(shards);
    const poll = new ShardPoll({ shards: () => SHARDS, intervalMs: 1_000, work });
    poll.start();
    return { poll, rounds };
  };

  it('works on all shards at the start and once per interval', async () => {
    const { poll, rounds } = begin();

    await jest.advanceTimersByTimeAsync(2_500);

    expect(rounds).toEqual([SHARDS, SHARDS, SHARDS]);
    await poll.stop(100);
  });

  it('works at once on a nudged shard and on no other', async () => {
    const { poll, rounds } = begin();
    await jest.advanceTimersByTimeAsync(1);

    poll.nudge(2);
    poll.nudge(2);
    await jest.advanceTimersByTimeAsync(1);

    expect(rounds).toEqual([SHARDS, [2]]);
    await poll.stop(100);
  });

  it('ends after a last round over all shards', async () => {
    const { poll, rounds } = begin();
    await jest.advanceTimersByTimeAsync(1);

    await poll.stop(100);
    poll.nudge(1);
    await jest.advanceTimersByTimeAsync(5_000);

    expect(rounds).toEqual([SHARDS, SHARDS]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends without having begun', async () => {
    const poll = new ShardPoll({ shards: () => SHARDS, intervalMs: 1_000, work: async () => {} });

    await expect(poll.stop(100)).resolves.toBeUndefined();
  });
});

describe('the poll of shards whose work hangs', () => {
  it('ends when its time is up', async () => {
    const poll = new ShardPoll({
      shards: () => SHARDS,
      intervalMs: 1_000,
      work: () => new Promise(() => {}),
    });
    poll.start();

    await expect(poll.stop(20)).resolves.toBeUndefined();
  });
});
