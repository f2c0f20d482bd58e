import type { SessionId } from 'nestjs-gatehouse';
import type { Random } from '../support/random.js';
import type { Answer, HttpClient } from './http-client.js';
import type { Holding, Ledger, LedgerEntry } from './ledger.js';
import type { Tally } from './tally.js';

/** Where a request may go. */
export interface Target {
  readonly url: string;
}

export interface TrafficOptions {
  readonly nodes: readonly Target[];
  readonly http: HttpClient;
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly random: Random;
  /** First part of every user id, by which the audit rows of this traffic are found. */
  readonly userPrefix: string;
  /** How long after an unanswered change it may still happen. */
  readonly settledAfterMs: number;
  /** How long after its end was answered a session may be served elsewhere. */
  readonly servedForMs: number;
}

const UNAUTHORIZED = 401;

/** Single requests, each judged by what the ledger says and written down there. */
export class Traffic {
  private users = 0;

  constructor(private readonly options: TrafficOptions) {}

  get ledger(): Ledger {
    return this.options.ledger;
  }

  async login(
    node: Target = this.anyNode(),
    holding: Holding = 'free',
  ): Promise<LedgerEntry | undefined> {
    const user = `${this.options.userPrefix}${(this.users += 1)}`;
    const answer = await this.ask('a login', 'POST', `${node.url}/login?user=${user}`, [201]);
    if (answer.status !== 201 || answer.cookie === undefined) return undefined;
    return this.ledger.opened({
      id: answer.body['id'] as SessionId,
      user,
      cookie: answer.cookie,
      askedAt: answer.askedAt,
      holding,
    });
  }

  /** Whether the guarded route let the session in. */
  async read(entry: LedgerEntry, node: Target = this.anyNode()): Promise<boolean> {
    const { killing, askedAt } = entry;
    const answer = await this.askAs(entry, 'a read', 'GET', `${node.url}/guarded`);
    if (answer.status !== 200) return false;
    this.options.tally.admitted(answer);
    if (killing === 'acknowledged' && this.isTooLate(answer, askedAt)) this.undone(entry);
    const settled = answer.askedAt > askedAt + this.options.settledAfterMs;
    if (killing === 'asked' && entry.killing === 'asked' && settled) entry.killing = 'none';
    return true;
  }

  async write(entry: LedgerEntry, node: Target = this.anyNode()): Promise<void> {
    const value = (entry.attemptedValue += 1);
    const url = `${node.url}/write?value=${value}`;
    const { killing, askedAt } = entry;
    const answer = await this.askAs(entry, 'a write', 'POST', url);
    if (answer.status !== 201) return;
    this.options.tally.admitted(answer);
    if (killing === 'acknowledged' && this.isTooLate(answer, askedAt)) this.undone(entry);
    entry.acknowledgedValue = value;
  }

  /** Whether it was acknowledged. */
  async kill(entry: LedgerEntry, node: Target = this.anyNode()): Promise<boolean> {
    const { killing } = entry;
    const answer = await this.ending(entry, () =>
      this.ask('a kill', 'POST', `${node.url}/kill/${entry.id}`, [201]),
    );
    const found = answer.status !== 201 || answer.body['ended'] === true;
    if (!found && killing === 'none' && !this.ledger.mayHaveEnded(answer.askedAt))
      this.lost(entry, 'a kill found it dead');
    return answer.status === 201;
  }

  async logout(entry: LedgerEntry, node: Target = this.anyNode()): Promise<void> {
    await this.ending(entry, () => this.askAs(entry, 'a logout', 'POST', `${node.url}/logout`));
  }

  /** Whether a user can log in, come in, and be killed, all at this node. */
  probe(node: Target): Promise<boolean> {
    return this.ledger.withNew(
      this.login(node, 'held'),
      async (entry) => (await this.read(entry, node)) && this.kill(entry, node),
    );
  }

  /** A request of which only the time and the status matter. */
  async ask(
    what: string,
    method: string,
    url: string,
    expected: readonly number[],
    cookie?: string,
  ): Promise<Answer> {
    const answer = await this.options.http.ask(method, url, cookie);
    this.options.tally.count(what, answer, expected);
    return answer;
  }

  anyNode(): Target {
    return this.options.random.pick(this.options.nodes);
  }

  /** With the session's cookie; where that is refused, the session must have been killed. */
  private async askAs(
    entry: LedgerEntry,
    what: string,
    method: string,
    url: string,
  ): Promise<Answer> {
    const answer = await this.ask(what, method, url, [200, 201, UNAUTHORIZED], entry.cookie);
    if (answer.cookie !== undefined && answer.status !== UNAUTHORIZED) entry.cookie = answer.cookie;
    if (answer.status === UNAUTHORIZED && entry.killing === 'none')
      this.lost(entry, `${what} was answered ${answer.code}`);
    return answer;
  }

  private async ending(entry: LedgerEntry, ask: () => Promise<Answer>): Promise<Answer> {
    if (entry.killing === 'none') entry.killing = 'asked';
    const answer = await ask();
    if (answer.status === 201) entry.killing = 'acknowledged';
    entry.askedAt = answer.answeredAt;
    return answer;
  }

  /** Nodes that keep sessions near may serve one for as long as their lease after it was ended. */
  private isTooLate(answer: Answer, endedAt: number): boolean {
    return answer.askedAt > endedAt + this.options.servedForMs;
  }

  private undone({ id }: LedgerEntry): void {
    this.options.tally.killUndone(id);
  }

  /** Each session once: the next answer of its would only say the same. */
  private lost(entry: LedgerEntry, how: string): void {
    if (entry.killing === 'none') entry.killing = 'asked';
    this.options.tally.sessionLost(entry.id, how);
  }
}
