import { randomBytes } from 'node:crypto';
import {
  aLogin,
  createAnonymous,
  issued,
  openCore,
  REQUEST,
  type CoreUnderTest,
} from '../../../test/support/core-under-test.js';
import { withInstead } from '../../../test/support/stores.js';
import { anOperation } from '../../testing/builders.js';
import type { DataEncryptionOptions, DataKey } from './data-key-ring.js';
import { encryptedStore } from './encrypted-store.js';
import { newSessionToken, parseSessionToken, type SessionId } from '../ids.js';
import type { SessionOptionsInput } from '../policy/session-options.js';
import type { StoredSession } from '../session-record.js';
import type { SessionStore } from '../session-store.js';
import type { ActiveSession } from '../verdict.js';

const aKey = (keyId: string): DataKey => ({ keyId, key: randomBytes(32) });
const OLD = aKey('old');
const DATA = { cart: '["book"]', note: '"for Ada"' };

interface EncryptedCore extends CoreUnderTest {
  /** The store as it is behind the encryption. */
  readonly driver: SessionStore;
  stored(id: SessionId): Promise<Readonly<Record<string, string>>>;
  /** Writes behind the encryption's back. */
  forge(id: SessionId, set: Readonly<Record<string, string>>): Promise<void>;
}

async function openEncrypted(
  encryption: DataEncryptionOptions = { keys: [OLD] },
  input: SessionOptionsInput = {},
): Promise<EncryptedCore> {
  let driver: SessionStore | undefined;
  const core = await openCore(input, {
    wrap: (store) => {
      driver = store;
      return encryptedStore(store, encryption);
    },
  });
  const stored = async (id: SessionId): Promise<Readonly<Record<string, string>>> => {
    const found = await driver!.find(id);
    return found?.session.state === 'active' ? found.session.data : {};
  };
  const forge = async (id: SessionId, set: Readonly<Record<string, string>>): Promise<void> => {
    await driver!.save({ id, set, remove: [] }, anOperation(core.clock));
  };
  return { ...core, driver: driver!, stored, forge };
}

const ada = (core: CoreUnderTest, current?: ActiveSession): Promise<ActiveSession> =>
  issued(
    core.lifecycle.login(
      aLogin(
        { userId: 'ada' },
        { data: current?.session.data ?? DATA, ...(current && { current }) },
      ),
    ),
  );

describe('sessions whose data are encrypted', () => {
  it('are stored without a value in clear', async () => {
    const core = await openEncrypted();

    const { session } = await ada(core);
    await core.lifecycle.save(session, { set: { note: '"for Bob"' }, remove: [] });

    expect(await core.stored(session.id)).toEqual({
      cart: expect.stringMatching(/^e1:old:/),
      note: expect.stringMatching(/^e1:old:/),
    });
    expect((await core.directory.get(session.id))?.data).toEqual({ ...DATA, note: '"for Bob"' });
  });

  it('carry their data over a login, and what others wrote meanwhile', async () => {
    const core = await openEncrypted();
    const visitor = await core.hold(await createAnonymous(core, DATA));
    await core.lifecycle.save(visitor.session, { set: { late: '1' }, remove: ['note'] });

    const opened = await ada(core, visitor);

    const held = await core.hold(opened);
    expect(held.session.data).toEqual({ cart: '["book"]', late: '1' });
    expect(opened.session.data).toEqual(held.session.data);
    expect(Object.values(await core.stored(opened.session.id)).join()).not.toContain('book');
  });

  it('are given back as they are to who knows them, while the driver says they have not changed', async () => {
    const told: unknown[] = [];
    const core = await openCore(
      {},
      {
        wrap: (store) =>
          encryptedStore(
            withInstead(store, {
              findMany: (ids, known) => {
                told.push(...ids.map((id) => known?.(id)));
                return store.findMany(ids);
              },
            }),
            { keys: [OLD] },
          ),
      },
    );
    const { session } = await ada(core);
    const read = async (known?: StoredSession) =>
      (await core.store.findMany([session.id], () => known)).get(session.id)!.session;

    const first = await read(session);
    const second = await read(first);
    await core.lifecycle.save(session, { set: { cart: '[]' }, remove: [] });
    const changed = await read(second);

    expect(told).toEqual([undefined, expect.anything(), expect.anything()]);
    expect(second).toBe(first);
    expect(changed).toMatchObject({ data: { ...DATA, cart: '[]' } });
  });

  it('are changed as one step by update', async () => {
    const core = await openEncrypted();
    const { session } = await ada(core);

    await core.directory.update(session.id, (data) => ({ ...data, cart: ['book', 'pen'] }));

    expect((await core.directory.get(session.id))?.data).toEqual({
      ...DATA,
      cart: '["book","pen"]',
    });
  });

  it.each<[string, DataEncryptionOptions | undefined]>([
    ['an older key', { keys: [OLD] }],
    ['no key', undefined],
  ])('of %s come under the key in use when their session is given more time', async (_, before) => {
    const inUse = aKey('new');
    const changing = { keys: [inUse, OLD], acceptPlaintext: before === undefined };
    const core = await openEncrypted(changing);
    const { session, token } = await ada(core);
    const earlier = before ? encryptedStore(core.driver, before) : core.driver;
    await earlier.save({ id: session.id, set: DATA, remove: [] }, anOperation(core.clock));

    await core.rotation.reauthenticate({ session, token }, ['pwd'], REQUEST);

    const alone = encryptedStore(core.driver, { keys: [inUse] });
    const found = await alone.find(session.id);
    expect(found?.session).toMatchObject({ state: 'active', data: DATA });
  });

  it('come under the first key of the ring value by value, as each is written', async () => {
    const earlier = await openEncrypted({ keys: [OLD] });
    const { session, token } = await ada(earlier);
    const rotated = encryptedStore(earlier.driver, { keys: [aKey('new'), OLD] });
    const found = await rotated.find(session.id);

    await rotated.save(
      { id: session.id, set: { note: '"new"' }, remove: [] },
      anOperation(earlier.clock),
    );

    expect(found?.session).toMatchObject({ data: DATA });
    expect(await earlier.stored(session.id)).toEqual({
      cart: expect.stringMatching(/^e1:old:/),
      note: expect.stringMatching(/^e1:new:/),
    });
    expect(await earlier.resolve({ token })).toMatchObject({
      state: 'unavailable',
      error: { code: 'SESSION_DATA_UNREADABLE', problem: 'unknown-key', keyId: 'new' },
    });
  });

  it('are read in clear and written encrypted where plaintext is accepted', async () => {
    const core = await openEncrypted({ keys: [OLD], acceptPlaintext: true });
    const { session } = await ada(core);
    await core.forge(session.id, DATA);

    const { session: read } = await core.hold(await ada(core));
    const found = await core.directory.get(session.id);
    await core.lifecycle.save(found!, { set: { cart: '[]' }, remove: [] });

    expect(read.data).toEqual(DATA);
    expect(found!.data).toEqual(DATA);
    expect(await core.stored(session.id)).toEqual({
      cart: expect.stringMatching(/^e1:old:/),
      note: DATA.note,
    });
  });
});

describe('a session whose data cannot be decrypted', () => {
  const forgeries: readonly (readonly [string, (core: EncryptedCore) => Promise<string>])[] = [
    ['in clear', () => Promise.resolve('"admin"')],
    ['tampered with', () => Promise.resolve(`e1:old:${'A'.repeat(64)}`)],
    ['under an unknown key', () => Promise.resolve(`e1:lost:${'A'.repeat(64)}`)],
    [
      'of another session',
      async (core) => {
        const other = await createAnonymous(core, { note: '"theirs"' });
        return (await core.stored(other.session.id))['note']!;
      },
    ],
  ];

  it.each(forgeries)('because a value is %s lets nobody in', async (_, forged) => {
    const core = await openEncrypted();
    const opened = await ada(core);
    await core.forge(opened.session.id, { note: await forged(core) });

    const verdict = await core.resolve(opened);

    expect(verdict).toMatchObject({
      state: 'unavailable',
      error: { code: 'SESSION_DATA_UNREADABLE', sessionId: opened.session.id },
    });
    expect(core.errors).toEqual([expect.objectContaining({ code: 'SESSION_DATA_UNREADABLE' })]);
  });

  it('is not ended by that: with the right keys it goes on', async () => {
    const core = await openEncrypted();
    const opened = await ada(core);
    const misled = encryptedStore(core.driver, { keys: [aKey('new')] });

    const attempt = async (): Promise<unknown> => {
      const found = await misled.find(opened.session.id);
      return found?.session.state === 'active' && found.session.data;
    };

    await expect(attempt()).rejects.toMatchObject({ code: 'SESSION_DATA_UNREADABLE' });
    expect(await core.resolve(opened)).toMatchObject({ state: 'active' });
  });

  it('tells whoever does not hold its token nothing', async () => {
    const core = await openEncrypted();
    const { session } = await ada(core);
    await core.forge(session.id, { note: '"admin"' });

    const stranger = parseSessionToken(newSessionToken(session.id, 0))!;

    expect(await core.lifecycle.resolve(stranger, REQUEST)).toEqual({ state: 'unknown' });
  });

  it('is listed, and ended like any other', async () => {
    const core = await openEncrypted({ keys: [OLD] }, { adminIndex: true });
    const [one, two] = [await ada(core), await ada(core)];
    for (const { session } of [one, two]) await core.forge(session.id, { note: '"admin"' });

    const page = await core.directory.list(one.session.user!, { limit: 10 });
    const found = await core.search.search({}, { limit: 10 });
    const ended = await core.directory.revoke(one.session.id, { reason: 'data-unreadable' });

    expect(page.items.map(({ id }) => id).sort()).toEqual([one.session.id, two.session.id].sort());
    expect(found.items).toHaveLength(2);
    expect(ended).toBe(true);
    expect(await core.resolve(one)).toMatchObject({ state: 'revoked', reason: 'data-unreadable' });
    expect(await core.lifecycle.end(two.session, 'logout', REQUEST)).toBe(true);
    expect(core.notices.map(({ type }) => type)).toContain('session.revoked');
  });

  it('expires like any other', async () => {
    const core = await openEncrypted();
    const opened = await ada(core);
    await core.forge(opened.session.id, { note: '"admin"' });

    core.clock.advance('31m');

    expect(await core.resolve(opened)).toMatchObject({ state: 'expired', reason: 'idle' });
  });

  it('is not updated', async () => {
    const core = await openEncrypted();
    const { session } = await ada(core);
    await core.forge(session.id, { note: '"admin"' });
    const before = await core.stored(session.id);

    const attempt = core.directory.update(session.id, () => ({}));

    await expect(attempt).rejects.toMatchObject({ code: 'SESSION_DATA_UNREADABLE' });
    expect(await core.stored(session.id)).toEqual(before);
  });
});

describe('an encrypted store before a driver that keeps sessions near', () => {
  /** The store, what its driver keeps near, and one session. */
  async function openNear(encryption: DataEncryptionOptions = { keys: [OLD] }) {
    const core = await openEncrypted();
    const { session } = await ada(core);
    const found = (await core.driver.find(session.id))!;
    const near = withInstead(core.driver, { findCached: () => found });
    return { store: encryptedStore(near, encryption), id: session.id };
  }

  it('gives the values in clear, decrypted once for all who share them', async () => {
    const { store, id } = await openNear();

    const [first, second] = [store.findCached!(id), store.findCached!(id)];

    expect(first?.session).toMatchObject({ data: DATA });
    expect(second?.session).toBe(first?.session);
    expect(first?.session).toHaveProperty('data');
    expect(Object.isFrozen(Reflect.get(first!.session, 'data'))).toBe(true);
  });

  it('gives nothing that cannot be read, for whoever asks the store to be told so', async () => {
    const { store, id } = await openNear({ keys: [aKey('other')] });

    expect(store.findCached!(id)).toBeUndefined();
  });

  it('keeps nothing near where the driver does not', async () => {
    const { driver } = await openEncrypted();

    expect(encryptedStore(driver, { keys: [OLD] })).toHaveProperty('findCached', undefined);
  });
});
