import { Agent, request as send, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Stalls } from './stalls.js';

/** Longer than any bound that is held; what is not answered by then never will be. */
const PATIENCE_MS = 20_000;

/** `unreachable`: the connection was refused or broke. `unanswered`: it stood, and nothing came. */
export type Status = number | 'unreachable' | 'unanswered';

export interface Answer {
  readonly status: Status;
  /** The library's error code, where the answer has one. */
  readonly code: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** `name=value` of a cookie that was set. */
  readonly cookie?: string;
  /** Instants of `performance.now()`. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** Of the time between, what this process was kept from running. */
  readonly stalledMs: number;
}

type Outcome = Omit<Answer, 'askedAt' | 'answeredAt' | 'stalledMs'>;

/** Requests as a browser sends them, over connections that stay open. */
export class HttpClient {
  private readonly stalls = new Stalls();
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });

  async ask(method: string, url: string, cookie?: string): Promise<Answer> {
    const askedAt = performance.now();
    const stalledBefore = this.stalls.totalMs;
    const outcome = await this.exchange(method, url, cookie);
    const stalledMs = this.stalls.totalMs - stalledBefore;
    return { ...outcome, askedAt, answeredAt: performance.now(), stalledMs };
  }

  close(): void {
    this.stalls.stop();
    this.agent.destroy();
  }

  private async exchange(
    method: string,
    url: string,
    cookie: string | undefined,
  ): Promise<Outcome> {
    let timedOut: 'unanswered' | undefined;
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const asking = send(url, { method, agent: this.agent, headers: cookie ? { cookie } : {} });
        asking.setTimeout(PATIENCE_MS, () => {
          timedOut = 'unanswered';
          asking.destroy();
        });
        asking.once('response', resolve).once('error', reject).end();
      });
      const body = bodyOf(await text(response));
      const [set] = response.headers['set-cookie'] ?? [];
      const pair = set?.split(';')[0];
      return {
        status: response.statusCode!,
        code: typeof body['code'] === 'string' ? body['code'] : '',
        body,
        ...(pair !== undefined && !pair.endsWith('=') && { cookie: pair }),
      };
    } catch {
      return { status: timedOut ?? 'unreachable', code: '', body: {} };
    }
  }
}

function bodyOf(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
