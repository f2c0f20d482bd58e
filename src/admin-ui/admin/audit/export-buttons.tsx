import { useRef, useState, type ReactNode } from 'react';
import type { AuditHistogramView } from '../../../admin/admin-views.js';
import type { Api, Query } from '../../shared/api.js';
import { failureText } from '../../shared/failure.js';
import { useAnnounce } from '../../shared/notices.js';
import { useSignedOut } from '../../shared/signed-out.js';
import { texts } from '../../shared/texts.js';
import { useAdmin } from '../admin-context.js';
import { canPickFile, pickFile, saveLink, saveStream } from './download.js';

type Format = 'csv' | 'jsonl';

interface Progress {
  readonly done: number;
  readonly total: number | undefined;
}

/** From before the first event to now, where the filter does not say; counted by the longest stretch there is. */
const ALL = { from: new Date(0).toISOString(), bucketMs: 2_678_400_000 };

/**
 * Saves what matches the filter, as a stream. Where the page may write a file, it counts the rows as
 * they come; elsewhere the browser downloads it, and the page says beforehand how many there are.
 */
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
  const fail = (error: unknown): void => {
    notice(error);
    const isStopped = abort.current?.signal.aborted ?? false;
    const text = isStopped ? texts.audit.exportStopped : failureText(error);
    announce({ tone: isStopped ? 'partly' : 'failed', text });
  };
  const start = (format: Format): void => {
    const controller = new AbortController();
    abort.current = controller;
    const { signal } = controller;
    void exportAudit(api, { filter, format, signal, onProgress: setProgress })
      .then((text) => {
        if (text !== undefined) announce({ tone: 'done', text });
      }, fail)
      .finally(() => setProgress(undefined));
  };
  return { progress, start, stop: () => abort.current?.abort() };
}

interface Export {
  readonly filter: Query;
  readonly format: Format;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Answers what has been done; undefined: the reader has chosen no file. */
async function exportAudit(api: Api, wanted: Export): Promise<string | undefined> {
  const { filter, format, signal, onProgress } = wanted;
  const name = `audit-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.${format}`;
  const file = canPickFile() ? await pickFile(name) : 'none';
  if (file === undefined) return undefined;
  onProgress({ done: 0, total: undefined });
  const { total } = await api.get<AuditHistogramView>(
    'audit/histogram',
    { ...ALL, ...filter },
    { signal },
  );
  const query = { ...filter, format };
  if (file === 'none') {
    saveLink(api.address('audit/export', query));
    return texts.audit.handedOver(total);
  }
  onProgress({ done: 0, total });
  const response = await api.open('audit/export', query, signal);
  const onRows = (done: number): void => onProgress({ done, total: Math.max(total, done) });
  const rows = await saveStream(response, file, { format, onRows });
  return texts.audit.exported(rows, file.name);
}
