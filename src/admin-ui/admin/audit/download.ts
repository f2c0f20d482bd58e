import { RowCounter } from './row-counter.js';

const REPORT_EVERY_MS = 200;

/** Chromium's own so far (File System Access); elsewhere the browser saves what a link leads to. */
interface Picker {
  showSaveFilePicker(options: { readonly suggestedName: string }): Promise<FileSystemFileHandle>;
}

/** Whether a page may write to a file that the reader chooses. */
export const canPickFile = (): boolean => 'showSaveFilePicker' in window;

/** Asks the reader for a file; undefined: they would rather not. Has to be asked first on a click. */
export async function pickFile(suggestedName: string): Promise<FileSystemFileHandle | undefined> {
  try {
    return await (window as unknown as Picker).showSaveFilePicker({ suggestedName });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

export interface Download {
  readonly format: 'csv' | 'jsonl';
  /** Told now and then, how many rows have come. */
  readonly onRows: (rows: number) => void;
}

/** Writes a stream to a file as it comes; how many rows. What fails or is stopped leaves the file as it was. */
export async function saveStream(
  response: Response,
  file: FileSystemFileHandle,
  { format, onRows }: Download,
): Promise<number> {
  const counter = new RowCounter(format);
  let reported = 0;
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(piece, stream) {
      counter.take(piece);
      stream.enqueue(piece);
      const now = Date.now();
      if (now - reported < REPORT_EVERY_MS) return;
      reported = now;
      onRows(counter.rows);
    },
  });
  await response.body!.pipeThrough(counted).pipeTo(await file.createWritable());
  return counter.rows;
}

/** Leaves a download to the browser, which shows how far it is and where it went. */
export function saveLink(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}
