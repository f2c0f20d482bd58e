import { useEffect, useState } from 'react';
import type { AdminEventView } from '../../admin/admin-views.js';
import type { Api } from '../shared/api.js';

/** The API says `alive` every fifteen seconds. */
const LONGEST_SILENCE = 31_000;
const LOOK_EVERY = 5_000;
const RETRY_DELAYS = [1_000, 2_000, 4_000, 8_000, 15_000] as const;

export type LiveState =
  | { readonly is: 'connecting' | 'live' }
  /** What is shown is as of then. */
  | { readonly is: 'stale'; readonly since: number };

export type LiveListener = (event: AdminEventView) => void;

export interface LiveOptions {
  /** The operator's own session has ended. */
  readonly onEnded: (reason: string | undefined) => void;
  /** The stream was refused or cut; why is found out by asking for something else. */
  readonly onCut: () => void;
}

/** The stream of what happens to sessions. It is passive, and tries again until it is closed. */
export class LiveEvents {
  private readonly listeners = new Set<LiveListener>();
  private readonly observers = new Set<(state: LiveState) => void>();
  private source: EventSource | undefined;
  private timer: number | undefined;
  private watch: number | undefined;
  private attempts = 0;
  private lastHeard = Date.now();
  private hasBeenLive = false;
  state: LiveState = { is: 'connecting' };

  constructor(
    private readonly api: Api,
    private readonly options: LiveOptions,
  ) {}

  open(): void {
    this.close();
    this.watch = window.setInterval(() => this.lookAtSilence(), LOOK_EVERY);
    this.connect();
  }

  close(): void {
    this.source?.close();
    window.clearTimeout(this.timer);
    window.clearInterval(this.watch);
  }

  listen(listener: LiveListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  observe(observer: (state: LiveState) => void): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  private connect(): void {
    const source = new EventSource(this.api.address('events'));
    this.source = source;
    source.onopen = () => this.heard();
    source.onmessage = ({ data }: MessageEvent<string>) => this.take(data);
    source.onerror = () => this.lost();
    source.addEventListener('session-ended', ({ data }: MessageEvent<string>) => {
      this.close();
      this.setState({ is: 'stale', since: Date.now() });
      this.options.onEnded((JSON.parse(data) as { readonly reason?: string }).reason);
    });
  }

  private take(data: string): void {
    this.heard();
    const event = JSON.parse(data) as AdminEventView;
    if (event.kind !== 'alive') this.tell(event);
  }

  /** After a cut something may have been missed, so all that is shown is read anew. */
  private heard(): void {
    this.lastHeard = Date.now();
    if (this.state.is === 'live') return;
    this.attempts = 0;
    this.setState({ is: 'live' });
    if (this.hasBeenLive) this.tell({ kind: 'resync', at: new Date().toISOString() });
    this.hasBeenLive = true;
  }

  private lost(): void {
    this.source?.close();
    window.clearTimeout(this.timer);
    if (this.state.is !== 'stale') this.setState({ is: 'stale', since: this.lastHeard });
    const delay = RETRY_DELAYS[Math.min(this.attempts, RETRY_DELAYS.length - 1)];
    this.attempts += 1;
    this.timer = window.setTimeout(() => this.connect(), delay);
    this.options.onCut();
  }

  private lookAtSilence(): void {
    if (this.state.is === 'live' && Date.now() - this.lastHeard > LONGEST_SILENCE) this.lost();
  }

  private tell(event: AdminEventView): void {
    for (const listener of this.listeners) listener(event);
  }

  private setState(state: LiveState): void {
    this.state = state;
    for (const observer of this.observers) observer(state);
  }
}

export function useLiveState(live: LiveEvents): LiveState {
  const [state, setState] = useState(live.state);
  useEffect(() => {
    setState(live.state);
    return live.observe(setState);
  }, [live]);
  return state;
}

export function useLiveEvents(live: LiveEvents, listener: LiveListener): void {
  useEffect(() => live.listen(listener), [live, listener]);
}
