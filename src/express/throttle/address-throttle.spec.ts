import type { RateLimiter } from '../../core/session-store.js';
import { networkOf } from './address-network.js';
import { AddressThrottle } from './address-throttle.js';

/** A limiter that counts what it is asked, and how long its windows last. */
function aLimiter(resetsInMs = 60_000): RateLimiter & { asked: number } {
  const counts = new Map<string, number>();
  return {
    asked: 0,
    consume(key) {
      this.asked += 1;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return Promise.resolve({ count, resetsInMs });
    },
  };
}

const inTurn = async <Result>(count: number, work: () => Promise<Result>): Promise<Result[]> => {
  const results: Result[] = [];
  for (let done = 0; done < count; done += 1) results.push(await work());
  return results;
};

describe('a throttle', () => {
  it('allows as many as it says, and no more', async () => {
    const throttle = new AddressThrottle('test', 2, {});

    expect(await inTurn(4, () => throttle.take('a'))).toEqual([true, true, false, false]);
    expect(await throttle.take('b')).toBe(true);
  });

  it('asks nobody about a source that it knows to be over its bound', async () => {
    const limiter = aLimiter();
    const throttle = new AddressThrottle('test', 2, { rateLimiter: () => limiter });

    await inTurn(50, () => throttle.take('a'));

    expect(limiter.asked).toBe(2);
    expect(throttle.isExhausted('a')).toBe(true);
    expect(throttle.isExhausted('b')).toBe(false);
  });

  it('asks again when the window is over', async () => {
    const limiter = aLimiter(0);
    const throttle = new AddressThrottle('test', 1, { rateLimiter: () => limiter });

    await inTurn(3, () => throttle.take('a'));

    expect(limiter.asked).toBe(3);
  });

  it('remembers no more than so many sources', async () => {
    const limiter = aLimiter();
    const throttle = new AddressThrottle('test', 1, { rateLimiter: () => limiter });
    let source = 0;

    await inTurn(10_001, () => throttle.take(`${source++}`));

    expect(throttle.isExhausted('0')).toBe(false);
    expect(throttle.isExhausted('1')).toBe(true);
  });
});

describe('the network of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:1::1', '2001:db8:0:1::/64'],
    ['::1', '0:0:0:0::/64'],
    ['192.0.2.1:', 'none'],
    ['[192.0.2.1', 'none'],
    [undefined, 'none'],
    ['gh:{0}:x\n', 'none'],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
