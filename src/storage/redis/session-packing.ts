import { Packr } from 'msgpackr';
import type { SessionId, TokenHash } from '../../core/ids.js';
import type { NewSession } from '../../core/session-store.js';
import type {
  Device,
  EndedState,
  SessionData,
  SessionRecord,
  StoredSession,
  Tombstone,
} from '../../core/session-record.js';
import type { User } from '../../core/user.js';

/**
 * A session as MessagePack has it, in keys short enough to be cheap. The Lua scripts read and
 * write the same keys. Only integers below 2^53, texts and lists of texts, and never an empty
 * list, so that JavaScript and Lua agree on every value; what is absent has no key.
 */
interface PackedFields {
  /** tenantId, unless empty */
  readonly t: string;
  /** userId */
  readonly u: string;
  /** tokenHash */
  readonly h: TokenHash;
  /** previousTokenHash */
  readonly p: TokenHash;
  /** generation */
  readonly g: number;

  /** createdAt */
  readonly c: number;
  /** authenticatedAt */
  readonly a: number;
  /** lastSeenAt */
  readonly l: number;
  /** absoluteExpiresAt */
  readonly x: number;
  /** idleTimeoutMs */
  readonly i: number;
  /** rotatedAt */
  readonly r: number;
  /** rotation, unless immediate */
  readonly k: 'periodic';
  /** confirmedAt */
  readonly f: number;
  /** epoch, unless 0 */
  readonly e: number;
  /** methods */
  readonly m: readonly string[];
  /** device.ip */
  readonly n: string;
  /** device.userAgent */
  readonly b: string;
  /** device.label */
  readonly d: string;
  /** impersonatorId */
  readonly o: string;
  /** version */
  readonly v: number;
  /** tombstoneUntil */
  readonly q: number;
  /** data, flat: key, JSON text, key, JSON text. A list keeps keys such as `__proto__` and `1` */
  readonly j: readonly string[];

  /** state; only a tombstone has it */
  readonly s: EndedState;
  /** reason */
  readonly w: string;
  /** endedAt */
  readonly z: number;
  /** eventId */
  readonly y: string;
}

type Packed = { readonly [Key in keyof PackedFields]?: PackedFields[Key] | undefined };
type PackedRecord = Packed & Pick<PackedFields, 'h' | 'g' | 'c' | 'l' | 'x' | 'i' | 'r' | 'v'>;
type PackedTombstone = Packed & Pick<PackedFields, 'h' | 'g' | 's' | 'w' | 'z' | 'y'>;

const packr = new Packr({ useRecords: false, int64AsType: 'number' });

/** For arguments of scripts. */
export const pack = (
  value: readonly string[] | Readonly<Record<string, string | number | undefined>>,
): Buffer => packr.pack(wellFormed(value));

/** Without `epoch` and `version`, which the script stamps. */
export const packSession = (session: NewSession): Buffer =>
  packr.pack(wellFormed(packedSession(session)));

export function unpackSession(id: SessionId, bytes: Buffer): StoredSession {
  const packed = packr.unpack(bytes) as PackedRecord | PackedTombstone;
  return isTombstone(packed) ? tombstoneOf(id, packed) : recordOf(id, packed);
}

/** @throws TypeError for a tombstone */
export function unpackRecord(id: SessionId, bytes: Buffer): SessionRecord {
  const session = unpackSession(id, bytes);
  if (session.state !== 'active') throw new TypeError('A live session was expected');
  return session;
}

const packedSession = (session: NewSession): Packed => ({
  t: session.user?.tenantId || undefined,
  u: session.user?.userId,
  h: session.tokenHash,
  p: session.previousTokenHash,
  g: session.generation,
  c: session.createdAt,
  a: session.authenticatedAt,
  l: session.lastSeenAt,
  x: session.absoluteExpiresAt,
  i: session.idleTimeoutMs,
  r: session.rotatedAt,
  k: session.rotation === 'periodic' ? session.rotation : undefined,
  f: session.confirmedAt,
  m: session.methods.length > 0 ? session.methods : undefined,
  n: session.device.ip,
  b: session.device.userAgent,
  d: session.device.label,
  o: session.impersonatorId,
  q: session.tombstoneUntil,
  j: packedData(session.data),
});

function packedData(data: SessionData): readonly string[] | undefined {
  const flat = Object.entries(data).flat();
  return flat.length > 0 ? flat : undefined;
}

const recordOf = (id: SessionId, packed: PackedRecord): SessionRecord => ({
  state: 'active',
  id,
  ...userOf(packed),
  createdAt: packed.c,
  ...(packed.a !== undefined && { authenticatedAt: packed.a }),
  lastSeenAt: packed.l,
  absoluteExpiresAt: packed.x,
  idleTimeoutMs: packed.i,
  tokenHash: packed.h,
  ...(packed.p !== undefined && { previousTokenHash: packed.p }),
  generation: packed.g,
  rotatedAt: packed.r,
  rotation: packed.k ?? 'immediate',
  ...(packed.f !== undefined && { confirmedAt: packed.f }),
  epoch: packed.e ?? 0,
  methods: packed.m ?? [],
  device: deviceOf(packed),
  ...(packed.o !== undefined && { impersonatorId: packed.o }),
  version: packed.v,
  ...(packed.q !== undefined && { tombstoneUntil: packed.q }),
  data: dataOf(packed.j ?? []),
});

const tombstoneOf = (id: SessionId, packed: PackedTombstone): Tombstone => ({
  state: packed.s,
  id,
  ...userOf(packed),
  tokenHash: packed.h,
  ...(packed.p !== undefined && { previousTokenHash: packed.p }),
  generation: packed.g,
  reason: packed.w,
  endedAt: packed.z,
  eventId: packed.y,
});

const userOf = ({ t, u }: Packed): { readonly user?: User } =>
  u === undefined ? {} : { user: { tenantId: t ?? '', userId: u } };

const deviceOf = ({ n, b, d }: Packed): Device => ({
  ...(n !== undefined && { ip: n }),
  ...(b !== undefined && { userAgent: b }),
  ...(d !== undefined && { label: d }),
});

const dataOf = (flat: readonly string[]): SessionData =>
  Object.fromEntries(
    Array.from({ length: flat.length / 2 }, (_, pair) => [flat[2 * pair]!, flat[2 * pair + 1]!]),
  );

const isTombstone = (packed: PackedRecord | PackedTombstone): packed is PackedTombstone =>
  packed.s !== undefined;

/** Without the absent, and with every text such that UTF-8 can carry it. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, wellFormed(field)]),
  );
}
