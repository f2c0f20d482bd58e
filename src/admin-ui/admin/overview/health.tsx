import type { ReactNode } from 'react';
import type { HealthView } from '../../../admin/admin-views.js';
import { Empty } from '../../shared/failure.js';
import { texts } from '../../shared/texts.js';
import { bytesText, durationText } from './units.js';

type Tone = 'good' | 'warning' | 'danger' | '';

interface Line {
  readonly name: string;
  readonly text: string;
  readonly tone: Tone;
}

const MINUTE = 60_000;
/** Redis has to keep what it is given. */
const SAFE_MEMORY_POLICY = 'noeviction';
const MAX_SKEW = 5_000;

export function Health({ health }: { readonly health: HealthView | null }): ReactNode {
  return (
    <section className="panel stack" aria-label={texts.overview.health}>
      <h2>{texts.overview.health}</h2>
      {!health && <Empty>{texts.overview.noHealth}</Empty>}
      <dl className="health">
        {health &&
          linesOf(health).map(({ name, text, tone }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="text">
                <span className={`dot ${tone}`} aria-hidden="true" />
                {text}
              </dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

const linesOf = (health: HealthView): readonly Line[] => [
  storeLine(health),
  ...detailLines(health),
  sweeperLine(health),
  outboxLine(health),
  ...relayLines(health),
  verificationLine(health),
  ...(health.factsDropped > 0
    ? [
        {
          name: texts.overview.dropped,
          text: String(health.factsDropped),
          tone: 'warning',
        } as const,
      ]
    : []),
];

function storeLine({ store }: HealthView): Line {
  const { overview } = texts;
  return {
    name: overview.store,
    text: `${store.description}: ${store.available ? overview.available : overview.unavailable}`,
    tone: store.available ? 'good' : 'danger',
  };
}

function detailLines({ store: { details } }: HealthView): readonly Line[] {
  const { memoryPolicy, clockOffsetMs, push } = details;
  const lines: Line[] = [];
  if (typeof clockOffsetMs === 'number')
    lines.push({
      name: texts.overview.clock,
      text: `${clockOffsetMs} ms`,
      tone: Math.abs(clockOffsetMs) > MAX_SKEW ? 'warning' : 'good',
    });
  if (memoryPolicy !== undefined)
    lines.push({
      name: texts.overview.memory,
      text: String(memoryPolicy),
      tone: memoryPolicy === SAFE_MEMORY_POLICY ? 'good' : 'warning',
    });
  if (push !== undefined)
    lines.push({
      name: texts.overview.push,
      text: String(push),
      tone: push === 'disconnected' ? 'warning' : 'good',
    });
  return lines;
}

const sweeperLine = ({ sweeperLagMs }: HealthView): Line => ({
  name: texts.overview.sweeper,
  text: sweeperLagMs === null ? texts.unknown : durationText(sweeperLagMs),
  tone: sweeperLagMs === null ? '' : sweeperLagMs > 5 * MINUTE ? 'warning' : 'good',
});

const ageText = (ageMs: number | null): string =>
  ageMs === null ? '' : `, ${texts.overview.oldest(durationText(ageMs))}`;

const isOld = (ageMs: number | null): boolean => ageMs !== null && ageMs > MINUTE;

const outboxLine = ({ outbox: { entries, bytes, oldestAgeMs } }: HealthView): Line => ({
  name: texts.overview.outbox,
  text: texts.overview.outboxText(entries, bytesText(bytes)) + ageText(oldestAgeMs),
  tone: isOld(oldestAgeMs) ? 'warning' : 'good',
});

function relayLines({ relay }: HealthView): readonly Line[] {
  if (!relay) return [];
  const { waiting, oldestAgeMs, rejected, cutOff, lastErrorCode } = relay;
  const { overview } = texts;
  const parts = [
    overview.relayText(waiting) + ageText(oldestAgeMs),
    rejected > 0 && overview.rejected(rejected),
    cutOff.length > 0 && overview.cutOff(cutOff.length),
    lastErrorCode,
  ];
  const isBad = rejected > 0 || cutOff.length > 0;
  const tone = isBad ? 'danger' : isOld(oldestAgeMs) || lastErrorCode ? 'warning' : 'good';
  return [{ name: overview.relay, text: parts.filter(Boolean).join(', '), tone }];
}

function verificationLine({ verification }: HealthView): Line {
  const { overview } = texts;
  const name = overview.chain;
  if (!verification) return { name, text: overview.chainNone, tone: '' };
  const { state, result } = verification;
  if (state === 'running') return { name, text: overview.chainRunning, tone: '' };
  if (!result) return { name, text: state, tone: 'warning' };
  return result.valid
    ? { name, text: overview.chainValid, tone: 'good' }
    : { name, text: overview.chainBroken(result.findingCount), tone: 'danger' };
}
