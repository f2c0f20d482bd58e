/** What a script or command answers, before anything is known of it. Texts are bytes. */
export type Reply = Buffer | string | number | null | readonly Reply[];

export function bytesOf(reply: Reply | undefined): Buffer {
  if (!Buffer.isBuffer(reply)) throw unexpected('bytes');
  return reply;
}

export const textOf = (reply: Reply | undefined): string =>
  typeof reply === 'string' ? reply : bytesOf(reply).toString();

/** Of an integer, or of a text that spells one. */
export function integerOf(reply: Reply | undefined): number {
  const number = typeof reply === 'number' ? reply : Number(textOf(reply));
  if (!Number.isSafeInteger(number)) throw unexpected('an integer');
  return number;
}

export function listOf(reply: Reply | undefined): readonly Reply[] {
  if (!Array.isArray(reply)) throw unexpected('a list');
  return reply as readonly Reply[];
}

/** Of a list whose items come in twos. */
export function pairsOf(reply: Reply | undefined): readonly (readonly [Reply, Reply])[] {
  const items = listOf(reply);
  return Array.from({ length: items.length / 2 }, (_, pair) => [
    items[2 * pair]!,
    items[2 * pair + 1]!,
  ]);
}

/** The status a script answers with, if it is one of those it may answer with. */
export function statusOf<Status extends string>(
  reply: Reply | undefined,
  known: readonly Status[],
): Status {
  const text = textOf(reply);
  const status = known.find((candidate) => candidate === text);
  if (status === undefined) throw unexpected(known.join(' or '));
  return status;
}

const unexpected = (expected: string): TypeError =>
  new TypeError(`Redis answered something else than ${expected}`);
