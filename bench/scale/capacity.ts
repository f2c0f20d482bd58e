import type { OurResult } from './our-side.js';

/** What docs/scale.md assumes; its text says why. */
interface Service {
  readonly name: string;
  /** How long a session lives. */
  readonly days: number;
}

const SESSIONS = 100_000_000;
const SERVICES: readonly Service[] = [
  { name: '30 days', days: 30 },
  { name: '12 hours', days: 0.5 },
];
const SECONDS_A_DAY = 86_400;
const REQUESTS_PER_SECOND = 100_000;
const TOUCHES_PER_SECOND = REQUESTS_PER_SECOND / 6;
const SAVES_PER_SECOND = REQUESTS_PER_SECOND / 20;
/** Redis keeps 16 bytes more for each key of a Cluster, and five sessions have six keys. */
const CLUSTER_BYTES = 19;
/** `tombstoneTtl`, in days. */
const TOMBSTONE_DAYS = 1;
const BYTES_A_MASTER = 16e9;
/** Of a processor, at the busiest hour. */
const UTILISATION = 0.5;
const EVENTS_A_SESSION = 2;
const AUDIT_ROW_BYTES = 770;
const AUDIT_DAYS = 180;

const gigabytes = (bytes: number): string => `${Math.round(bytes / 1e9).toLocaleString('en')} GB`;
const rate = (perSecond: number): string => Math.round(perSecond).toLocaleString('en');

/** The first table in docs/scale.md. */
export function measuredTable({ memory, tombstoneBytes, load, costs, sweep }: OurResult): string {
  const micros = ({ processorMicros }: { readonly processorMicros: number }): string =>
    `${Math.round(processorMicros)} µs`;
  return table([
    ['What', 'Measured'],
    ['a session, with user index and expiry order', `${memory.withoutAdminIndex} bytes`],
    ['more with `adminIndex`', `${memory.creationOrder} bytes`],
    ['an ended session', `${tombstoneBytes + memory.tables} bytes`],
    ['`find`', micros(costs.find)],
    ['`touch`', micros(costs.touch)],
    ['`save`', micros(costs.save)],
    ['`create`, at a limit of 5, with its audit event', micros(load)],
    ['ending one in a sweep, with its audit event', micros(sweep)],
    ["a page of 50 of the operators' list, 64 shards", micros(costs.page)],
  ]);
}

/** The second table in docs/scale.md, from what was measured. */
export function capacityTable(measured: OurResult): string {
  const [first, ...others] = SERVICES.map((service) => needsOf(service, measured));
  const rows = first!.map(([need, value], row) => [
    need,
    value,
    ...others.map((needs) => needs[row]![1]),
  ]);
  return table([['Needed', ...SERVICES.map(({ name }) => `Sessions of ${name}`)], ...rows]);
}

function table([heads = [], ...rows]: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

type Need = readonly [what: string, value: string];

function needsOf({ days }: Service, measured: OurResult): readonly Need[] {
  const { memory, tombstoneBytes, load, costs, sweep } = measured;
  const endings = SESSIONS / (days * SECONDS_A_DAY);
  const live = SESSIONS * (memory.withoutAdminIndex + CLUSTER_BYTES);
  const ended =
    endings * TOMBSTONE_DAYS * SECONDS_A_DAY * (tombstoneBytes + memory.tables + CLUSTER_BYTES);
  const processors =
    (REQUESTS_PER_SECOND * costs.find.processorMicros +
      TOUCHES_PER_SECOND * costs.touch.processorMicros +
      SAVES_PER_SECOND * costs.save.processorMicros +
      endings * (load.processorMicros + sweep.processorMicros)) /
    1e6;
  const byMemory = (live + ended) / BYTES_A_MASTER;
  const byProcessor = processors / UTILISATION;
  const rows = endings * EVENTS_A_SESSION;
  return [
    ['logins, and as many endings, a second', rate(endings)],
    ['memory of live sessions', gigabytes(live)],
    ['more with `adminIndex`', gigabytes(SESSIONS * memory.creationOrder)],
    ['memory of ended ones, for a day', gigabytes(ended)],
    ['memory with one replica each', gigabytes(2 * (live + ended))],
    ['processors that Redis keeps busy', processors.toFixed(1)],
    ['masters by memory / by processor', `${Math.ceil(byMemory)} / ${Math.ceil(byProcessor)}`],
    ['audit events a second', rate(rows)],
    ['audit rows in 180 days', `${((rows * SECONDS_A_DAY * AUDIT_DAYS) / 1e9).toFixed(1)} billion`],
    ['the database they fill', gigabytes(rows * SECONDS_A_DAY * AUDIT_DAYS * AUDIT_ROW_BYTES)],
  ];
}
