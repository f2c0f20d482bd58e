import { createHash } from 'node:crypto';
import { endOfRespFrame, isRespPush, wordsOf } from './resp-frames.js';

/** One message, and where in the buffer it ends. */
export interface Frame {
  readonly end: number;
  /** Of a request: what it asks for. */
  readonly name: string;
  /** Whether the other side answers it or, of an answer, whether the answer is complete with it. */
  readonly settles: boolean;
}

/** How a stream of bytes falls into messages; undefined while a message is not complete. */
export interface WireProtocol {
  request(bytes: Buffer, first: FrameOrder): Frame | undefined;
  answer(bytes: Buffer): Frame | undefined;
}

/** The first message of a PostgreSQL connection has a form of its own. */
export type FrameOrder = 'first' | 'later';

/** Commands by their lower-case name; of scripts, the name that `nameOfScript` gives. */
export const redisProtocol = (nameOfScript: (sha: string) => string | undefined): WireProtocol => ({
  request(bytes) {
    const end = endOfRespFrame(bytes);
    if (end === undefined) return undefined;
    const words = wordsOf(bytes.subarray(0, end));
    return { end, name: nameOf(words, nameOfScript), settles: true };
  },
  answer(bytes) {
    const end = endOfRespFrame(bytes);
    return end === undefined ? undefined : { end, name: '', settles: !isRespPush(bytes) };
  },
});

function nameOf(
  [command = '', script = '']: readonly string[],
  nameOfScript: (sha: string) => string | undefined,
): string {
  const name = command.toLowerCase();
  if (name === 'evalsha') return nameOfScript(script) ?? name;
  if (name !== 'eval') return name;
  return nameOfScript(createHash('sha1').update(script).digest('hex')) ?? name;
}

const STARTUP_LENGTH = 4;
const HEADER_LENGTH = 5;
const ASKS_FOR_PROOF = new Set([3, 5, 10, 11]);

/** Statements by their text. One request is answered up to ReadyForQuery, or asked for proof. */
export const postgresProtocol: WireProtocol = {
  request(bytes, order) {
    const end = order === 'first' ? endOfStartup(bytes) : endOfMessage(bytes);
    if (end === undefined) return undefined;
    if (order === 'first') return { end, name: 'startup', settles: true };
    const kind = kindOf(bytes);
    return {
      end,
      name: kind === 'Q' || kind === 'P' ? bytes.toString('utf8', HEADER_LENGTH, end) : kind,
      settles: kind === 'Q' || kind === 'S' || kind === 'p',
    };
  },
  answer(bytes) {
    const end = endOfMessage(bytes);
    if (end === undefined) return undefined;
    const asksForProof =
      kindOf(bytes) === 'R' && ASKS_FOR_PROOF.has(bytes.readInt32BE(HEADER_LENGTH));
    return { end, name: '', settles: kindOf(bytes) === 'Z' || asksForProof };
  },
};

const kindOf = (bytes: Buffer): string => String.fromCharCode(bytes[0]!);

function endOfStartup(bytes: Buffer): number | undefined {
  if (bytes.length < STARTUP_LENGTH) return undefined;
  const end = bytes.readInt32BE(0);
  return end <= bytes.length ? end : undefined;
}

function endOfMessage(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined;
  const end = 1 + bytes.readInt32BE(1);
  return end <= bytes.length ? end : undefined;
}
