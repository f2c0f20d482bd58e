import { Packr } from 'msgpackr';
import type { SessionId, TokenHash } from '../../core/ids.js';
import type { NewSession } from '../../core/session-store.js';
import type {
  Device,
  EndedState,
  RotationKind,
  SessionData,
  SessionRecord,
  StoredSession,
  Tombstone,
} from '../../core/session-record.js';
import type { User } from '../../core/user.js';
import { packPhrases, unpackPhrases } from './packed-phrases.js';

/*
 * A stored session is one byte that says how many token hashes follow, these, 32 bytes each, the
 * current one first, and a list in MessagePack, which the Lua scripts read and write too
 * (includes/records.lua). In it are only integers, texts and lists of texts, so that JavaScript and
 * Lua agree on every value; there are no holes, for Lua would end the list at one: what is absent is
 * false. Instants are kept as milliseconds since createdAt, which is a few bytes less. The scripts
 * judge a session by the fields before its data, and unpack no more than these.
 */

type Absent = false;

/** In milliseconds; but for the first and the timeout, since createdAt. */
type PackedTimes = readonly [
  createdAt: number,
  authenticatedAt: number | Absent,
  lastSeenAt: number,
  absoluteExpiresAt: number,
  idleTimeoutMs: number,
  rotatedAt: number,
  confirmedAt: number | Absent,
  tombstoneUntil: number | Absent,
];

type PackedRecord = readonly [
  state: Absent,
  tenantId: string,
  userId: string | Absent,
  generation: number,
  /** absent: immediate */
  rotation: Exclude<RotationKind, 'immediate'> | Absent,
  epoch: number,
  version: number,
  ...times: PackedTimes,
  /** flat: key, JSON text, key, JSON text. A list keeps keys such as `__proto__` and `1` */
  data: readonly string[],
  methods: readonly string[],
  ip: string | Absent,
  /** in phrases */
  userAgent: string | Absent,
  /** in phrases */
  label: string | Absent,
  impersonatorId: string | Absent,
];

type PackedTombstone = readonly [
  state: EndedState,
  tenantId: string,
  userId: string | Absent,
  generation: number,
  reason: string,
  endedAt: number,
  eventId: string,
];

type Writable<Value> = { -readonly [Field in keyof Value]: Value[Field] };

interface TokenHashes {
  readonly tokenHash: TokenHash;
  readonly previousTokenHash?: TokenHash;
}

const HASH_BYTES = 32;
const packr = new Packr({ useRecords: false, int64AsType: 'number' });

/** For arguments of scripts. */
export const pack = (
  value: readonly string[] | Readonly<Record<string, string | number | undefined>>,
): Buffer => packr.pack(wellFormed(value));

/** A token hash as scripts compare it. */
export const packTokenHash = (hash: TokenHash): Buffer => Buffer.from(hash, 'base64url');

/** With an epoch and a version of 0, which the script replaces. */
export const packSession = (session: NewSession): Buffer =>
  packed(session, [
    false,
    session.user?.tenantId ?? '',
    session.user?.userId ?? false,
    session.generation,
    session.rotation === 'periodic' ? session.rotation : false,
    0,
    0,
    ...packedTimes(session),
    Object.entries(session.data).flat(),
    session.methods,
    session.device.ip ?? false,
    phrasesOf(session.device.userAgent),
    phrasesOf(session.device.label),
    session.impersonatorId ?? false,
  ] satisfies PackedRecord);

/** As the scripts leave it of an ended session. */
export const packTombstone = (tombstone: Tombstone): Buffer =>
  packed(tombstone, [
    tombstone.state,
    tombstone.user?.tenantId ?? '',
    tombstone.user?.userId ?? false,
    tombstone.generation,
    tombstone.reason,
    tombstone.endedAt,
    tombstone.eventId,
  ] satisfies PackedTombstone);

export function unpackSession(id: SessionId, bytes: Buffer): StoredSession {
  const hashesEnd = 1 + bytes[0]! * HASH_BYTES;
  const fields = packr.unpack(bytes, { start: hashesEnd }) as PackedRecord | PackedTombstone;
  const hashes = hashesIn(bytes, hashesEnd);
  return isTombstone(fields) ? tombstoneOf(id, hashes, fields) : recordOf(id, hashes, fields);
}

/** @throws TypeError for a tombstone */
export function unpackRecord(id: SessionId, bytes: Buffer): SessionRecord {
  const session = unpackSession(id, bytes);
  if (session.state !== 'active') throw new TypeError('A live session was expected');
  return session;
}

const packed = (
  { tokenHash, previousTokenHash }: TokenHashes,
  fields: PackedRecord | PackedTombstone,
): Buffer => {
  const hashes = [tokenHash, ...(previousTokenHash === undefined ? [] : [previousTokenHash])];
  return Buffer.concat([
    Buffer.of(hashes.length),
    ...hashes.map(packTokenHash),
    packr.pack(wellFormed(fields)),
  ]);
};

function packedTimes(session: NewSession): PackedTimes {
  const { createdAt, authenticatedAt, confirmedAt, tombstoneUntil } = session;
  return [
    createdAt,
    authenticatedAt === undefined ? false : authenticatedAt - createdAt,
    session.lastSeenAt - createdAt,
    session.absoluteExpiresAt - createdAt,
    session.idleTimeoutMs,
    session.rotatedAt - createdAt,
    confirmedAt === undefined ? false : confirmedAt - createdAt,
    tombstoneUntil === undefined ? false : tombstoneUntil - createdAt,
  ];
}

/** Well-formed first: what is replaced is no phrase. */
const phrasesOf = (text: string | undefined): string | Absent =>
  text === undefined ? false : packPhrases(text.toWellFormed());

function hashesIn(bytes: Buffer, end: number): TokenHashes {
  const first = 1 + HASH_BYTES;
  const tokenHash = bytes.toString('base64url', 1, first) as TokenHash;
  if (end === first) return { tokenHash };
  return { tokenHash, previousTokenHash: bytes.toString('base64url', first, end) as TokenHash };
}

/**
 * Every request that is looked up comes through here, so it is taken apart by position and put
 * together by assignment: iterating over the fields and spreading parts into one costs half as much
 * memory again.
 */
function recordOf(id: SessionId, hashes: TokenHashes, fields: PackedRecord): SessionRecord {
  const { 1: tenantId, 2: userId, 3: generation, 4: rotation, 5: epoch, 6: version } = fields;
  const { 7: createdAt, 8: authenticatedAt, 9: lastSeenAt, 10: absoluteExpiresAt } = fields;
  const { 11: idleTimeoutMs, 12: rotatedAt, 13: confirmedAt, 14: tombstoneUntil } = fields;
  const { 15: data, 16: methods, 17: ip, 18: userAgent, 19: label, 20: impersonatorId } = fields;
  const record: Writable<SessionRecord> = {
    state: 'active',
    id,
    tokenHash: hashes.tokenHash,
    generation,
    rotation: rotation || 'immediate',
    epoch,
    version,
    methods,
    device: deviceOf(ip, userAgent, label),
    data: dataOf(data),
    createdAt,
    lastSeenAt: createdAt + lastSeenAt,
    absoluteExpiresAt: createdAt + absoluteExpiresAt,
    idleTimeoutMs,
    rotatedAt: createdAt + rotatedAt,
  };
  if (userId !== false) record.user = { tenantId, userId };
  if (authenticatedAt !== false) record.authenticatedAt = createdAt + authenticatedAt;
  if (hashes.previousTokenHash !== undefined) record.previousTokenHash = hashes.previousTokenHash;
  if (confirmedAt !== false) record.confirmedAt = createdAt + confirmedAt;
  if (impersonatorId !== false) record.impersonatorId = impersonatorId;
  if (tombstoneUntil !== false) record.tombstoneUntil = createdAt + tombstoneUntil;
  return record;
}

function tombstoneOf(id: SessionId, hashes: TokenHashes, fields: PackedTombstone): Tombstone {
  const [state, tenantId, userId, generation, reason, endedAt, eventId] = fields;
  return {
    state,
    id,
    ...userOf(tenantId, userId),
    ...hashes,
    generation,
    reason,
    endedAt,
    eventId,
  };
}

const userOf = (tenantId: string, userId: string | Absent): { readonly user?: User } =>
  userId === false ? {} : { user: { tenantId, userId } };

function deviceOf(ip: string | Absent, userAgent: string | Absent, label: string | Absent): Device {
  const device: Writable<Device> = {};
  if (ip !== false) device.ip = ip;
  if (userAgent !== false) device.userAgent = unpackPhrases(userAgent);
  if (label !== false) device.label = unpackPhrases(label);
  return device;
}

/** By `fromEntries`, which takes `__proto__` for a key like any other. */
function dataOf(flat: readonly string[]): SessionData {
  const entries: [key: string, text: string][] = [];
  for (let at = 0; at < flat.length; at += 2) entries.push([flat[at]!, flat[at + 1]!]);
  return Object.fromEntries(entries);
}

const isTombstone = (fields: PackedRecord | PackedTombstone): fields is PackedTombstone =>
  fields[0] !== false;

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
