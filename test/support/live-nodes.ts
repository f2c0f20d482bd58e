import {
  Controller,
  Get,
  Injectable,
  Req,
  Res,
  Sse,
  UseGuards,
  type MessageEvent,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { finalize, NEVER, startWith, type Observable } from 'rxjs';
import {
  OnSessionEnded,
  Public,
  SessionGuard,
  SessionService,
  type SessionEnding,
  type SessionModuleOptions,
  type SessionStore,
} from '../../src/index.js';
import type { SessionCore } from '../../src/core/session-core.js';
import { SESSION_CORE } from '../../src/nest/session.tokens.js';
import { startSessionApp, type SessionApp } from './session-app.js';

/** What the handlers of one node are at. */
@Injectable()
export class Streams {
  /** Observables of `@Sse()` handlers that are subscribed to. */
  subscribed = 0;
  /** Writes that a handler has tried after the end. */
  lateWrites = 0;
}

@Controller('live')
export class LiveController {
  constructor(
    private readonly streams: Streams,
    private readonly sessions: SessionService,
  ) {}

  @Sse('events')
  @UseGuards(SessionGuard)
  events(): Observable<MessageEvent> {
    return this.ticking();
  }

  @Sse('news')
  @Public()
  news(): Observable<MessageEvent> {
    return this.ticking();
  }

  /** An event stream by hand, whose handler goes on writing whatever happens. */
  @Get('raw')
  @UseGuards(SessionGuard)
  async raw(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.sessions.bindResponse(request, response);
    response.setHeader('Content-Type', 'text/event-stream');
    response.write('data: first\n\n');
    let late = 0;
    const timer = setInterval(() => {
      if (response.writableEnded) late += 1;
      response.write('data: tick\n\n');
      if (late < 3) return;
      this.streams.lateWrites += late;
      response.end();
      clearInterval(timer);
    }, 5);
  }

  @Get('download')
  @UseGuards(SessionGuard)
  async download(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.sessions.bindResponse(request, response);
    response.setHeader('Content-Type', 'application/octet-stream');
    response.write('half');
  }

  @Get('waiting')
  @UseGuards(SessionGuard)
  async waiting(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.sessions.bindResponse(request, response);
  }

  private ticking(): Observable<MessageEvent> {
    this.streams.subscribed += 1;
    return NEVER.pipe(
      startWith({ data: 'first' }),
      finalize(() => {
        this.streams.subscribed -= 1;
      }),
    );
  }
}

/** Hears of every ending. */
@Injectable()
export class EndingLog {
  readonly heard: SessionEnding[] = [];

  @OnSessionEnded()
  note(ending: SessionEnding): void {
    this.heard.push(ending);
  }
}

export interface LiveNode extends SessionApp {
  readonly core: SessionCore;
  readonly streams: Streams;
  readonly log: EndingLog;
}

export async function startLiveNode(
  store: SessionStore,
  options: Partial<SessionModuleOptions> = {},
): Promise<LiveNode> {
  const started = await startSessionApp(
    { store, audit: false, ...options },
    { controllers: [LiveController], providers: [Streams, EndingLog] },
  );
  const { app } = started;
  return {
    ...started,
    core: app.get<SessionCore>(SESSION_CORE),
    streams: app.get(Streams),
    log: app.get(EndingLog),
  };
}

/** A response that stays open, read as it comes. */
export class OpenResponse {
  private text = '';
  private readonly waiting = new Set<() => void>();
  /** Resolves with all that came, once there will be no more; rejects where it was cut. */
  readonly ended: Promise<string>;

  constructor(
    readonly response: globalThis.Response,
    private readonly controller: AbortController,
  ) {
    this.ended = this.read();
    this.ended.catch(() => undefined);
  }

  static async open(url: string, cookies: ReadonlyMap<string, string>): Promise<OpenResponse> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const controller = new AbortController();
    const response = await fetch(url, { headers: { cookie }, signal: controller.signal });
    return new OpenResponse(response, controller);
  }

  received(part: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.text.includes(part)) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  leave(): void {
    this.controller.abort();
  }

  private async read(): Promise<string> {
    const decoder = new TextDecoder();
    for await (const chunk of this.response.body!) {
      this.text += decoder.decode(chunk as Uint8Array, { stream: true });
      for (const look of this.waiting) look();
    }
    return this.text;
  }
}
