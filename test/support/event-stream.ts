import type { Browser } from './browser.js';

/** What a server-sent event was called, and what it said. */
export interface StreamedEvent {
  readonly event: string;
  readonly data: unknown;
}

/** An open event stream, as a page reads it. */
export class EventStream {
  readonly events: StreamedEvent[] = [];
  private readonly controller = new AbortController();
  private rest = '';

  private constructor() {}

  static async open(url: string, browser: Browser): Promise<EventStream> {
    const stream = new EventStream();
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const { signal } = stream.controller;
    const response = await fetch(url, { headers: { cookie }, signal });
    if (!response.ok || !response.body) throw new Error(`No stream: ${response.status}`);
    stream.ended = stream.read(response.body);
    return stream;
  }

  /** Resolves when the stream is over, whoever ended it. */
  ended: Promise<void> = Promise.resolve();

  async close(): Promise<void> {
    this.controller.abort();
    await this.ended;
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const bytes of body) this.take(decoder.decode(bytes, { stream: true }));
    } catch {
      // Cut off, by `close` or by the other side.
    }
  }

  private take(text: string): void {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => {
          const [name = '', ...value] = line.split(': ');
          return [name, value.join(': ')] as const;
        }),
      );
      const data = fields.get('data');
      if (data !== undefined)
        this.events.push({ event: fields.get('event') ?? 'message', data: JSON.parse(data) });
    }
  }
}
