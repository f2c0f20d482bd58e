import { partsOfLabel } from '../core/directory/session-filter.js';
import type { SessionRecord } from '../core/session-record.js';
import type { DevicesView } from './admin-views.js';

const UNKNOWN = 'Unknown';

type Counted = DevicesView['browsers'];

/** Browsers and systems by how many sessions have them, the most frequent first. */
export function devicesOf(sessions: readonly SessionRecord[], isAll: boolean): DevicesView {
  const parts = sessions.map(({ device }) => partsOfLabel(device.label));
  return {
    sampled: sessions.length,
    complete: isAll,
    browsers: countedBy(parts.map(({ browser = UNKNOWN }) => browser)),
    systems: countedBy(parts.map(({ system = UNKNOWN }) => system)),
  };
}

function countedBy(names: readonly string[]): Counted {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((left, right) => right.count - left.count || (left.name < right.name ? -1 : 1));
}
