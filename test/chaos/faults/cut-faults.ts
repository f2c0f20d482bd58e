import { startCuttingProxy, type CuttingProxy } from '../../support/cutting-proxy.js';
import { startPrivateRedis } from '../../support/private-redis.js';
import type { Campaign } from '../campaign.js';
import { STORE_AWAY, UNAVAILABLE, wait, type Fault, type Group, type Strike } from '../fault.js';
import { redisWire } from '../redis-wire.js';
import { openStage, SHARDS, type Stage } from '../stage.js';

interface CutStage extends Stage {
  /** Between the applications and Redis. */
  readonly proxy: CuttingProxy;
}

const ROTATION_INTERVAL_MS = 2_000;
const ASK_AGAIN_MS = 20;
const PATIENCE_MS = 10_000;
const UNKNOWN_USER = 'answer-cut-nobody';

async function open(campaign: Campaign): Promise<CutStage> {
  const server = await startPrivateRedis();
  campaign.stopping(server, (started) => started.stop());
  const proxy = await startCuttingProxy(server.port, redisWire);
  campaign.stopping(proxy, (opened) => opened.close());
  const redis = { kind: 'single', port: proxy.port } as const;
  const stage = await openStage(campaign, {
    redis: { kind: 'single', port: server.port },
    nodes: (await campaign.hosts()).map((host) => ({
      host,
      redis,
      rotationIntervalMs: ROTATION_INTERVAL_MS,
    })),
  });
  return { ...stage, proxy };
}

/** What leads to a command, where the steady traffic does not soon enough. */
type Cause = (strike: Strike<CutStage>) => Promise<unknown>;

const byTraffic: Cause = () => Promise.resolve();
const byAsking =
  (method: 'GET' | 'POST', path: string): Cause =>
  ({ traffic }) =>
    traffic.ask(path, method, `${traffic.anyNode().url}${path}`, [200, 201]);
const byReading: Cause = ({ traffic, random }) =>
  traffic.ledger.withOne(random, ['none'], (entry) => traffic.read(entry));
const byWriting: Cause = ({ traffic, random }) =>
  traffic.ledger.withOne(random, ['none'], (entry) => traffic.write(entry));
/** The use of an ended session is an event, once a minute for each. */
const byReadingDead: Cause = ({ traffic, random }) =>
  traffic.ledger.withOne(random, ['acknowledged'], (entry) => traffic.read(entry));
const byKilling: Cause = ({ traffic, random }) =>
  traffic.ledger.withOne(random, ['none'], (entry) => traffic.kill(entry));
const byLogin: Cause = ({ traffic }) => traffic.login();
const byReconnecting: Cause = (strike) => cut(strike, 'mget', byReading);

/** It tries again by itself, so that it may well be acknowledged. */
const byEndingAll: Cause = ({ traffic }) =>
  traffic.ledger.endAll(async () => {
    const url = `${traffic.anyNode().url}/kill-everybody`;
    const answer = await traffic.ask('the end of all', 'POST', url, [201]);
    return answer.body['done'] === SHARDS ? answer : { ...answer, status: UNAVAILABLE };
  });

/** Every command that the store ever sends; what needs older sessions comes later. */
const COMMANDS: Readonly<Record<string, Cause>> = {
  create: byLogin,
  mget: byReading,
  save: byWriting,
  touch: byReading,
  revoke: byKilling,
  'revoke-all': byAsking('POST', `/kill-user?user=${UNKNOWN_USER}`),
  list: byAsking('GET', `/list?user=${UNKNOWN_USER}`),
  'list-created': byAsking('GET', '/search'),
  block: byAsking('POST', `/block?user=${UNKNOWN_USER}`),
  append: byReadingDead,
  sweep: byTraffic,
  lease: byTraffic,
  xrange: byTraffic,
  acknowledge: byLogin,
  'outbox-state': byAsking('GET', '/health'),
  time: byAsking('GET', '/health'),
  info: byAsking('GET', '/health'),
  'claim-layout': byReconnecting,
  rotate: byReading,
  confirm: byReading,
  'revoke-everything': byEndingAll,
};

/** Carried out, and nobody hears of it. */
const answerCut: Fault<CutStage> = {
  name: 'answer-cut',
  keeps: 'everything',
  mayAnswer: STORE_AWAY,
  inject: async (strike) => {
    for (const [command, cause] of Object.entries(COMMANDS)) await cut(strike, command, cause);
    strike.note(`cut after: ${Object.keys(COMMANDS).join(', ')}`);
  },
};

async function cut(strike: Strike<CutStage>, command: string, cause: Cause): Promise<void> {
  const { stage, tally } = strike;
  let done = false;
  const cutting = stage.proxy
    .stopAt('before-answer', (name) => name === command)
    .then((stopped) => {
      stopped.cut();
      done = true;
    });
  const deadline = performance.now() + PATIENCE_MS;
  while (!done) {
    await cause(strike);
    await Promise.race([cutting, wait(ASK_AGAIN_MS)]);
    if (performance.now() > deadline)
      return tally.violate(`no application sent ${command} in ${PATIENCE_MS} ms`);
  }
}

export const cutFaults: Group<CutStage> = { name: 'cut', open, faults: [answerCut] };
