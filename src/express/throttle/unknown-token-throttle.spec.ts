import { newSessionId } from '../../core/ids.js';
import { UnknownTokenThrottle } from './unknown-token-throttle.js';

const HERE = { ip: '192.0.2.1' };

/** How many of so many attempts were allowed. */
async function allowedOf(count: number, attempt: () => Promise<boolean>): Promise<number> {
  let allowed = 0;
  for (let made = 0; made < count; made += 1) if (await attempt()) allowed += 1;
  return allowed;
}

describe('tokens of unknown sessions', () => {
  it('of one session are bounded so low that nobody else at the address is locked out', async () => {
    const throttle = new UnknownTokenThrottle({});
    const id = newSessionId(0);

    expect(await allowedOf(150, () => throttle.take(id, HERE))).toBe(100);
    expect(throttle.isExhausted(id, HERE)).toBe(true);
    expect(throttle.isExhausted(newSessionId(0), HERE)).toBe(false);
    expect(throttle.isExhausted(id, { ip: '192.0.2.2' })).toBe(false);
  });

  it('of ever other sessions are bounded for the address as a whole', async () => {
    const throttle = new UnknownTokenThrottle({});

    expect(await allowedOf(1_100, () => throttle.take(newSessionId(0), HERE))).toBe(1_000);
    expect(await throttle.take(newSessionId(0), { ip: '192.0.2.2' })).toBe(true);
  });

  it('never keep the token of another session at the address from being looked up', async () => {
    const throttle = new UnknownTokenThrottle({});

    await allowedOf(1_100, () => throttle.take(newSessionId(0), HERE));

    expect(throttle.isExhausted(newSessionId(0), HERE)).toBe(false);
  });

  it('cost no count any more once the address is over its bound', async () => {
    let counts = 0;
    const throttle = new UnknownTokenThrottle({
      rateLimiter: () => ({
        consume: () => Promise.resolve({ count: (counts += 1), resetsInMs: 60_000 }),
      }),
    });
    await allowedOf(1_100, () => throttle.take(newSessionId(0), HERE));
    const before = counts;

    expect(await throttle.take(newSessionId(0), HERE)).toBe(false);
    expect(counts).toBe(before);
  });

  it('are counted for all addresses of an IPv6 /64 together', async () => {
    const throttle = new UnknownTokenThrottle({});
    let host = 0;
    const next = () => ({ ip: `2001:db8::${(host += 1).toString(16)}` });

    expect(await allowedOf(1_100, () => throttle.take(newSessionId(0), next()))).toBe(1_000);
    expect(await throttle.take(newSessionId(0), { ip: '2001:db8:0:1::1' })).toBe(true);
  });
});
