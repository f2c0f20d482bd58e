import fc from 'fast-check';

/** Users and sessions by number, so that a sequence means the same on every driver. */
export type Command =
  | { readonly kind: 'create'; readonly user: number; readonly limit: Limit | null }
  | { readonly kind: 'find'; readonly session: number }
  | { readonly kind: 'list'; readonly user: number }
  | {
      readonly kind: 'save';
      readonly session: number;
      readonly key: 'a' | 'b';
      /** Null removes the key. */
      readonly value: number | null;
      readonly ifVersion: number | null;
      readonly activity: 'touch' | 'none';
      readonly maxDataBytes: number | null;
    }
  | { readonly kind: 'touch'; readonly session: number }
  | {
      readonly kind: 'rotate';
      readonly session: number;
      readonly from: number;
      readonly rotation: 'periodic' | 'immediate';
      readonly replaceUnconfirmed: boolean;
      readonly reauthenticates: boolean;
    }
  | { readonly kind: 'confirm'; readonly session: number; readonly token: number }
  | { readonly kind: 'revoke'; readonly session: number; readonly onlyUser: number | null }
  | {
      readonly kind: 'revokeAll';
      readonly user: number;
      readonly except: number | null;
      /** Spares those created less than so many minutes ago. */
      readonly olderThan: number | null;
    }
  | { readonly kind: 'block'; readonly user: number; readonly minutes: number }
  | { readonly kind: 'revokeEverything'; readonly shard: number }
  | { readonly kind: 'sweep'; readonly shard: number };

export interface Limit {
  readonly max: number;
  readonly onLimit: 'evict-oldest' | 'reject';
}

/** Commands at one instant, all at once, after time has passed. */
export interface Batch {
  readonly passMinutes: number;
  readonly commands: readonly Command[];
  /** Whether each change is sent twice under one event id, as after a broken connection. */
  readonly twice: boolean;
}

/** Users have the numbers below it; the number itself is nobody, who has anonymous sessions. */
export const NOBODY = 2;
export const SHARDS = 2;
/** What is done at once is tried in every order, so it is little. */
const MOST_AT_ONCE = 3;
const MOST_BATCHES = 20;

const user = fc.nat(NOBODY - 1);
const shard = fc.nat(SHARDS - 1);
/** Taken modulo the sessions opened so far. */
const session = fc.nat(7);
/** The number of a token of the session, counted back from its latest. */
const token = fc.constantFrom(0, 0, 0, 1, 2);
const onLimit = fc.constantFrom('evict-oldest' as const, 'reject' as const);
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(value, { freq: 3 });

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      user: fc.constantFrom(0, 0, 1, NOBODY),
      limit: maybe(fc.record({ max: fc.integer({ min: 1, max: 2 }), onLimit })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('find' as const), session }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('list' as const), user }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('save' as const),
      session,
      key: fc.constantFrom('a' as const, 'b' as const),
      value: maybe(fc.nat(9)),
      ifVersion: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 1 }),
      activity: fc.constantFrom('touch' as const, 'none' as const),
      maxDataBytes: fc.option(fc.constantFrom(1, 2, 3), { freq: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('touch' as const), session }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('rotate' as const),
      session,
      from: token,
      rotation: fc.constantFrom('periodic' as const, 'immediate' as const),
      replaceUnconfirmed: fc.boolean(),
      reauthenticates: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('confirm' as const), session, token }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('revoke' as const),
      session,
      onlyUser: fc.option(user, { freq: 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('revokeAll' as const),
      user,
      except: maybe(session),
      olderThan: maybe(fc.nat(20)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('block' as const), user, minutes: fc.nat(20) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('revokeEverything' as const), shard }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep' as const), shard }) },
);

export const batches: fc.Arbitrary<readonly Batch[]> = fc.array(
  fc.record({
    passMinutes: fc.constantFrom(0, 1, 9, 10, 25),
    commands: fc.array(command, { minLength: 1, maxLength: MOST_AT_ONCE }),
    twice: fc.boolean(),
  }),
  { minLength: 1, maxLength: MOST_BATCHES },
);
