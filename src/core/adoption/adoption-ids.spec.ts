import { AdoptionIds } from './adoption-ids.js';
import { newSessionId, parseSessionToken, shardOfSession } from '../ids.js';
import { shardOfUser } from '../user.js';

const SHARDS = 64;
const USER = { tenantId: 'acme', userId: 'ada' };

describe('AdoptionIds', () => {
  it('derives the same session and token in every process with the same secret', () => {
    const [here, there] = [new AdoptionIds('secret'), new AdoptionIds(Buffer.from('secret'))];

    const id = here.sessionId('legacy', USER, SHARDS);

    expect(there.sessionId('legacy', USER, SHARDS)).toBe(id);
    expect(there.token('legacy', id)).toBe(here.token('legacy', id));
  });

  it('derives others from another secret and from another legacy id', () => {
    const ids = new AdoptionIds('secret');
    const others = [
      new AdoptionIds('other').sessionId('legacy', USER, SHARDS),
      ids.sessionId('other', USER, SHARDS),
    ];

    expect(others).not.toContain(ids.sessionId('legacy', USER, SHARDS));
    expect(new Set(others).size).toBe(2);
  });

  it('puts a session into the shard of its user', () => {
    const id = new AdoptionIds('secret').sessionId('legacy', USER, SHARDS);

    expect(shardOfSession(id)).toBe(shardOfUser(USER, SHARDS));
  });

  it('spreads anonymous sessions over the shards', () => {
    const ids = new AdoptionIds('secret');

    const shards = Array.from({ length: 1000 }, (_, index) =>
      shardOfSession(ids.sessionId(`legacy-${index}`, undefined, SHARDS)),
    );

    expect(new Set(shards).size).toBe(SHARDS);
    expect(Math.max(...shards)).toBeLessThan(SHARDS);
  });

  it('makes a well-formed token of the first generation', () => {
    const ids = new AdoptionIds('secret');
    const id = ids.sessionId('legacy', USER, SHARDS);

    const parsed = parseSessionToken(ids.token('legacy', id));

    expect(parsed).toMatchObject({ sessionId: id, generation: 0 });
  });

  it('tells the session adopted from a legacy id, in whichever shard, from every other', () => {
    const ids = new AdoptionIds('secret');

    expect(ids.isAdopted(ids.sessionId('legacy', USER, SHARDS), 'legacy')).toBe(true);
    expect(ids.isAdopted(ids.sessionId('legacy', undefined, SHARDS), 'legacy')).toBe(true);
    expect(ids.isAdopted(ids.sessionId('legacy', USER, SHARDS), 'other')).toBe(false);
    expect(ids.isAdopted(ids.traceId('legacy', SHARDS), 'legacy')).toBe(false);
    expect(ids.isAdopted(newSessionId(0), 'legacy')).toBe(false);
  });
});
