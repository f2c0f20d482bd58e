/**
 * A process of its own that hosts applications. `CLOCK_AHEAD_MS` makes its clock wrong, which has
 * to happen before anything is loaded.
 */
import type { FromApplication, ToApplication } from './application-setting.js';

const aheadMs = Number(process.env['CLOCK_AHEAD_MS'] ?? 0);
if (aheadMs !== 0) putClockAhead(aheadMs);

const { startApplication } = await import('./chaos-app.js');

if (!process.connected) process.exit();
process.on('disconnect', () => process.exit());
process.on('message', (message: ToApplication) => void answer(message));
tell({ ready: true });

async function answer({ start, number }: ToApplication): Promise<void> {
  try {
    tell({ number, url: await startApplication(start) });
  } catch (error) {
    tell({ number, failure: error instanceof Error ? String(error.stack) : String(error) });
  }
}

function tell(message: FromApplication): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

function putClockAhead(byMs: number): void {
  const RightDate = Date;
  globalThis.Date = class extends RightDate {
    constructor(...values: [] | [number | string]) {
      super(...((values.length === 0 ? [RightDate.now() + byMs] : values) as [number]));
    }

    static override now(): number {
      return RightDate.now() + byMs;
    }
  } as DateConstructor;
}
