const LINE_END = '\r\n';
const PUSH = '>';
const LINES = new Set(['+', '-', ':', '_', ',', '#', '(']);
const TEXTS = new Set(['$', '!', '=']);
const MEMBERS_PER_ENTRY: Readonly<Record<string, number>> = {
  '*': 1,
  '~': 1,
  '>': 1,
  '%': 2,
  '|': 2,
};

/** Where the RESP2 or RESP3 frame that begins at `start` ends; undefined while some of it is missing. */
export function endOfRespFrame(bytes: Buffer, start = 0): number | undefined {
  const lineEnd = bytes.indexOf(LINE_END, start);
  if (lineEnd < 0) return undefined;
  const next = lineEnd + LINE_END.length;
  const kind = String.fromCharCode(bytes[start]!);
  if (LINES.has(kind)) return next;
  const count = Number(bytes.toString('latin1', start + 1, lineEnd));
  if (TEXTS.has(kind)) return endOfText(bytes, next, count);
  const members = MEMBERS_PER_ENTRY[kind];
  if (members === undefined) throw new Error(`Not a RESP frame: it begins with ${kind}`);
  return endOfMembers(bytes, next, members * count);
}

/** What the server says unasked. */
export const isRespPush = (frame: Buffer): boolean => String.fromCharCode(frame[0]!) === PUSH;

/** The words of a command, as clients send it. */
export function wordsOf(command: Buffer): readonly string[] {
  const words: string[] = [];
  let at = command.indexOf(LINE_END) + LINE_END.length;
  while (at < command.length) {
    const lineEnd = command.indexOf(LINE_END, at);
    const length = Number(command.toString('latin1', at + 1, lineEnd));
    const start = lineEnd + LINE_END.length;
    words.push(command.toString('utf8', start, start + length));
    at = start + length + LINE_END.length;
  }
  return words;
}

function endOfText(bytes: Buffer, start: number, length: number): number | undefined {
  if (length < 0) return start;
  const end = start + length + LINE_END.length;
  return end <= bytes.length ? end : undefined;
}

function endOfMembers(bytes: Buffer, start: number, count: number): number | undefined {
  let end: number | undefined = start;
  for (let member = 0; member < count && end !== undefined; member += 1)
    end = end < bytes.length ? endOfRespFrame(bytes, end) : undefined;
  return end;
}
