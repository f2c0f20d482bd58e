import type { JsonObject } from '../audit/audit-event.js';
import { SessionError } from '../errors.js';
import { newEventId } from '../ids.js';
import type { JobKind, JobProgress, JobRecord } from './job-record.js';
import type { Operations } from '../operations.js';
import type { SessionStore } from '../session-store.js';

/** Does the work, and tells how far it is. Leaves off, rejecting, once the signal is aborted. */
export type JobWork = (
  report: (progress: JobProgress) => Promise<void>,
  signal: AbortSignal,
) => Promise<void>;

export interface JobRequest {
  readonly kind: JobKind;
  readonly tenantId: string | null;
  readonly details: JsonObject;
}

const KEPT_MS = 86_400_000;
/** However often work tells of itself, this often it is written down. */
const SAVE_INTERVAL_MS = 500;
const HEARTBEAT_MS = 5_000;
/** Six heartbeats that did not come. */
const SILENT_MS = 30_000;

/**
 * Work that outlasts the request that asked for it. How far it is and what it has come to stand in
 * the store, so that any process answers. It ends with its process, and is not taken up by another:
 * whoever asked for it is told that it was interrupted, and asks again.
 */
export class SessionJobs {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly store: SessionStore,
    private readonly operations: Operations,
    private readonly reportError: (error: unknown) => void,
  ) {}

  /** Resolves when the job is written down and under way. */
  async start(request: JobRequest, work: JobWork): Promise<JobRecord> {
    const now = this.operations.now();
    const job: JobRecord = {
      ...request,
      id: newEventId(),
      state: 'running',
      startedAt: now,
      updatedAt: now,
      done: 0,
      total: null,
      errorCode: null,
    };
    await this.save(job);
    await this.store.writeNote(latestOf(job.kind), job.id, KEPT_MS);
    const run = this.run(job, work).finally(() => this.running.delete(run));
    this.running.add(run);
    return job;
  }

  /** Undefined for one that never was, or was more than a day ago. */
  async find(id: string): Promise<JobRecord | undefined> {
    const text = await this.store.readNote(noteOf(id));
    if (text === undefined) return undefined;
    const job = JSON.parse(text) as JobRecord;
    const isSilent = job.state === 'running' && this.operations.now() - job.updatedAt >= SILENT_MS;
    return isSilent ? { ...job, state: 'interrupted' } : job;
  }

  /** The job of the kind that was started last, whoever asked for it. */
  async latest(kind: JobKind): Promise<JobRecord | undefined> {
    const id = await this.store.readNote(latestOf(kind));
    return id === undefined ? undefined : this.find(id);
  }

  /** Interrupts what is under way, and resolves when it has left off. */
  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
  }

  private async run(started: JobRecord, work: JobWork): Promise<void> {
    const written = new WrittenJob(started, (job) => this.save(job), this.reportError);
    const beat = setInterval(() => void written.change({}, this.now), HEARTBEAT_MS).unref();
    const outcome = await this.attempt(work, async (progress) => {
      await written.progress(progress, this.now);
    });
    clearInterval(beat);
    await written.finish(outcome, this.now);
  }

  private async attempt(work: JobWork, report: Parameters<JobWork>[0]): Promise<JobOutcome> {
    const { signal } = this.stopping;
    try {
      await work(report, signal);
      return {};
    } catch (error) {
      if (signal.aborted) return { state: 'interrupted' };
      this.reportError(error);
      return { state: 'failed', errorCode: codeOf(error) };
    }
  }

  private get now(): number {
    return this.operations.now();
  }

  private save(job: JobRecord): Promise<void> {
    return this.store.writeNote(noteOf(job.id), JSON.stringify(job), KEPT_MS);
  }
}

type JobOutcome = Partial<Pick<JobRecord, 'state' | 'errorCode'>>;

/** A job under way. What is written of it is written in order, so that nothing old comes last. */
class WrittenJob {
  private writing: Promise<void> = Promise.resolve();
  private writtenAt = performance.now();

  constructor(
    private job: JobRecord,
    private readonly write: (job: JobRecord) => Promise<void>,
    private readonly reportError: (error: unknown) => void,
  ) {}

  /** Resolves when it is written, or could not be, which does not stop the work. */
  change(change: Partial<JobRecord>, now: number): Promise<void> {
    const job = { ...this.job, ...change, updatedAt: now };
    this.job = job;
    this.writtenAt = performance.now();
    this.writing = this.writing.then(() => this.write(job)).catch(this.reportError);
    return this.writing;
  }

  async progress(progress: JobProgress, now: number): Promise<void> {
    this.job = { ...this.job, ...progress };
    if (performance.now() - this.writtenAt >= SAVE_INTERVAL_MS) await this.change({}, now);
  }

  finish(outcome: JobOutcome, now: number): Promise<void> {
    const state = this.job.state === 'running' ? 'done' : this.job.state;
    return this.change({ state, ...outcome }, now);
  }
}

const noteOf = (id: string): string => `job.${id}`;
const latestOf = (kind: JobKind): string => `latest.${kind}`;

/** What nobody foresaw has no code of its own; the log has the rest. */
const codeOf = (error: unknown): string =>
  error instanceof SessionError ? error.code : 'JOB_FAILED';
