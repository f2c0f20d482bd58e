import type { StoreLink, StoreMessage, StoreWatch, StoreWatcher } from '../session-store.js';
import { within } from '../within.js';

/** What brings messages to a driver while it is open. */
export interface MessageSource {
  close(): void;
}

/** How long `watch` waits for a link before it goes on without. */
const LINK_WAIT_MS = 2_000;

/** Those who watch a store, for its driver to tell. The source is open while there are any. */
export class StoreWatchers {
  private readonly watchers = new Set<StoreWatcher>();
  private source: MessageSource | undefined;
  private present: StoreLink;
  private readonly waiting = new Set<() => void>();

  /**
   * @param closed the link while the source is closed; other than `disconnected` for a driver
   * that needs none
   */
  constructor(
    private readonly closed: StoreLink,
    private readonly openSource?: () => MessageSource,
  ) {
    this.present = closed;
  }

  get link(): StoreLink {
    return this.present;
  }

  async watch(watcher: StoreWatcher): Promise<StoreWatch> {
    this.watchers.add(watcher);
    this.source ??= this.openSource?.();
    await within(LINK_WAIT_MS, this.linked()).catch(() => undefined);
    const linkNow = (): StoreLink => this.link;
    return {
      get link() {
        return linkNow();
      },
      close: async () => this.remove(watcher),
    };
  }

  tell(message: StoreMessage): void {
    for (const watcher of this.watchers) watcher.message(message);
  }

  /** Notes how the link is, and tells of it where that is new. */
  turn(link: StoreLink): void {
    if (this.present === link) return;
    this.present = link;
    for (const settle of link === 'disconnected' ? [] : this.waiting) settle();
    for (const watcher of this.watchers) watcher.link(link);
  }

  close(): void {
    this.watchers.clear();
    this.closeSource();
  }

  private remove(watcher: StoreWatcher): void {
    this.watchers.delete(watcher);
    if (this.watchers.size === 0) this.closeSource();
  }

  private closeSource(): void {
    this.source?.close();
    for (const settle of this.waiting) settle();
    this.source = undefined;
    this.present = this.closed;
  }

  private async linked(): Promise<void> {
    if (this.present !== 'disconnected') return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.waiting.delete(settle);
        resolve();
      };
      this.waiting.add(settle);
    });
  }
}
