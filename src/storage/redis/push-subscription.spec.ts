import { Redis } from 'ioredis';
import { PushSubscription } from './push-subscription.js';

const NOBODY_LISTENS = 1;

describe('a subscription whose server is away', () => {
  it('asks nobody, so that no refusal goes unheard', async () => {
    const client = new Redis(NOBODY_LISTENS, { lazyConnect: true, enableOfflineQueue: false });
    const subscription = new PushSubscription(client, 'sharded', {
      message: () => undefined,
      changed: () => undefined,
      refused: () => undefined,
    });
    let asked = 0;

    await subscription.beat(async () => {
      asked += 1;
      throw new Error('MOVED');
    });

    subscription.close();
    expect(asked).toBe(0);
  });
});
