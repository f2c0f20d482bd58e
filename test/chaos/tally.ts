import type { Answer, Status } from './http-client.js';

/** Of messages that only say the same of another session. */
const KEPT = 10;

/** A time in which no application could reach the store, by `performance.now()`. */
export interface Outage {
  readonly from: number;
  until: number;
}

export interface TallyRules {
  /** Longest that a request may take, beside what the machine itself is late by. */
  readonly boundMs: number;
  /** Answers that the fault may cause besides those of a healthy application. */
  readonly mayAnswer: readonly Status[];
}

/** Counts the answers under one fault, and notes those that must not be. */
export class Tally {
  requests = 0;
  longestWaitMs = 0;
  killsUndone = 0;
  sessionsLost = 0;
  writesLost = 0;
  readonly errors = new Map<string, number>();
  /** What must never be. */
  readonly violations: string[] = [];
  /** Acknowledged and gone, which under some persistence may be. */
  readonly losses: string[] = [];
  private outage: Outage | undefined;

  constructor(readonly rules: TallyRules) {}

  /** From now on nothing can be known of a session, until `storeBack`. */
  storeAway(): void {
    this.outage = { from: performance.now(), until: Number.POSITIVE_INFINITY };
  }

  storeBack(): void {
    if (this.outage) this.outage.until = performance.now();
  }

  /** Counts an answer, which is to be one of the expected statuses or one that the fault may cause. */
  count(what: string, answer: Answer, expected: readonly Status[]): void {
    const { status, code, askedAt, answeredAt, stalledMs } = answer;
    const waitedMs = answeredAt - askedAt;
    this.requests += 1;
    this.longestWaitMs = Math.max(this.longestWaitMs, waitedMs);
    if (waitedMs > this.rules.boundMs + stalledMs)
      this.violate(`${what} waited ${Math.round(waitedMs)} ms, longer than ${this.rules.boundMs}`);
    if (expected.includes(status)) return;
    const name = code === '' ? String(status) : `${status} ${code}`;
    this.errors.set(name, (this.errors.get(name) ?? 0) + 1);
    if (!this.rules.mayAnswer.includes(status)) this.violate(`${what} was answered ${name}`);
  }

  /** A guarded route let somebody in. */
  admitted({ askedAt, answeredAt }: Answer): void {
    if (this.outage && askedAt >= this.outage.from && answeredAt <= this.outage.until)
      this.violate('a guarded route answered 200 with the store away');
  }

  violate(violation: string): void {
    if (this.violations.length < KEPT) this.violations.push(violation);
  }

  killUndone(id: string): void {
    this.killsUndone += 1;
    this.lose(`session ${id} lives although its kill was acknowledged`);
  }

  sessionLost(id: string, how: string): void {
    this.sessionsLost += 1;
    this.lose(`session ${id} is dead and nobody killed it: ${how}`);
  }

  writeLost(id: string): void {
    this.writesLost += 1;
    this.lose(`session ${id} has lost an acknowledged write`);
  }

  lose(loss: string): void {
    if (this.losses.length < KEPT) this.losses.push(loss);
  }
}
