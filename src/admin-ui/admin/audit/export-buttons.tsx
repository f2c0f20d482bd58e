import { useRef, useState, type ReactNode } from 'react';
import type { AuditHistogramView } from '../../../admin/admin-views.js';
import type { Query } from '../../shared/api.js';
import { failureText } from '../../shared/failure.js';
import { useAnnounce } from '../../shared/notices.js';
import { useSignedOut } from '../../shared/signed-out.js';
import { texts } from '../../shared/texts.js';
import { useAdmin } from '../admin-context.js';
import { download, save } from './download.js';

type Format = 'csv' | 'jsonl';

interface Progress {
  readonly done: number;
  readonly total: number | undefined;
}

/** From before the first event to now, where the filter does not say; counted by the longest stretch there is. */
const ALL = { from: new Date(0).toISOString(), bucketMs: 2_678_400_000 };

/** Saves what matches the filter; it comes as a stream, and its progress is counted in rows. */
export function ExportButtons({ filter }: { readonly filter: Query }): ReactNode {
  const { progress, start, stop } = useExport(filter);
  const { audit } = texts;
  if (!progress)
    return (
      <div className="row">
        <button type="button" onClick={() => start('csv')}>
          {audit.exportCsv}
        </button>
        <button type="button" onClick={() => start('jsonl')}>
          {audit.exportJsonl}
        </button>
      </div>
    );
  const { done, total } = progress;
  return (
    <div className="row export">
      <span role="status" className="number small">
        {audit.exporting(done, total)}
      </span>
      <progress max={total ?? 1} {...(total !== undefined && { value: done })} aria-hidden="true" />
      <button type="button" onClick={stop}>
        {audit.stop}
      </button>
    </div>
  );
}

function useExport(filter: Query) {
  const { api } = useAdmin();
  const { notice } = useSignedOut();
  const announce = useAnnounce();
  const [progress, setProgress] = useState<Progress>();
  const abort = useRef<AbortController>(undefined);
  const run = async (format: Format, signal: AbortSignal): Promise<void> => {
    const range = { ...ALL, ...filter };
    const { total } = await api.get<AuditHistogramView>('audit/histogram', range, { signal });
    setProgress({ done: 0, total });
    const response = await api.open('audit/export', { ...filter, format }, signal);
    const { blob, rows } = await download(response, format, (done) =>
      setProgress({ done, total: Math.max(total, done) }),
    );
    const name = `audit-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.${format}`;
    save(blob, name);
    announce({ tone: 'done', text: texts.audit.exported(rows, name) });
  };
  const fail = (error: unknown): void => {
    notice(error);
    const isStopped = abort.current?.signal.aborted ?? false;
    const text = isStopped ? texts.audit.exportStopped : failureText(error);
    announce({ tone: isStopped ? 'partly' : 'failed', text });
  };
  const start = (format: Format): void => {
    const controller = new AbortController();
    abort.current = controller;
    setProgress({ done: 0, total: undefined });
    void run(format, controller.signal)
      .catch(fail)
      .finally(() => setProgress(undefined));
  };
  return { progress, start, stop: () => abort.current?.abort() };
}
