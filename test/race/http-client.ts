import { Browser, type Answer } from '../support/browser.js';
import type { Arena } from './arena.js';
import type { RaceNode } from './race-node.js';
import type { Random } from '../support/random.js';

/** One request as it left the browser, with the cookie of that moment, and its answer. */
export interface Exchange {
  readonly answer: Answer;
  /** Takes what the answer did to the cookie. An answer that is lost is never delivered. */
  readonly deliver: () => void;
}

/**
 * A browser that keeps its cookie while it sends to any of the nodes. It has an address of its
 * own, so that what is bounded by address bounds no other.
 */
export class RaceBrowser {
  private cookies = new Map<string, string>();

  constructor(
    private readonly arena: Arena,
    private readonly random: Random,
    private readonly address = arena.address(),
  ) {}

  get cookie(): string | undefined {
    return this.cookies.get('sid');
  }

  set cookie(value: string | undefined) {
    this.cookies = new Map(value === undefined ? [] : [['sid', value]]);
  }

  /** Somebody with the same cookie now, elsewhere. */
  copy(): RaceBrowser {
    const copy = new RaceBrowser(this.arena, this.random, this.address);
    copy.cookie = this.cookie;
    return copy;
  }

  /** `cookie` is what the browser had when the request set out, which may be a while ago. */
  async send(
    method: 'GET' | 'POST',
    path: string,
    node: RaceNode = this.arena.anyNode(this.random),
    cookie = this.cookie,
  ): Promise<Exchange> {
    const sent = new Browser(node.url);
    if (cookie !== undefined) sent.cookies.set('sid', cookie);
    const init = { headers: { 'x-forwarded-for': this.address } };
    const answer = await (method === 'GET' ? sent.get(path, init) : sent.post(path, init));
    const deliver = (): void => {
      if (answer.setCookie !== undefined) this.cookies = sent.cookies;
    };
    return { answer, deliver };
  }

  /** The same, whose answer arrives. */
  async get(path: string, node?: RaceNode): Promise<Answer> {
    const { answer, deliver } = await this.send('GET', path, node);
    deliver();
    return answer;
  }

  async post(path: string, node?: RaceNode): Promise<Answer> {
    const { answer, deliver } = await this.send('POST', path, node);
    deliver();
    return answer;
  }
}
