import { RowCounter } from './row-counter.js';

const REPORT_EVERY_MS = 200;

export interface Downloaded {
  readonly blob: Blob;
  readonly rows: number;
}

/** Reads a stream to its end, and says now and then how many rows have come. */
export async function download(
  response: Response,
  format: 'csv' | 'jsonl',
  onRows: (rows: number) => void,
): Promise<Downloaded> {
  const counter = new RowCounter(format);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let reported = 0;
  const reader = response.body!.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value);
    counter.take(next.value);
    const now = Date.now();
    if (now - reported < REPORT_EVERY_MS) continue;
    reported = now;
    onRows(counter.rows);
  }
  const type = response.headers.get('content-type') ?? 'application/octet-stream';
  return { blob: new Blob(parts, { type }), rows: counter.rows };
}

/** Hands a file to the reader as a click on a link to it would. */
export function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
