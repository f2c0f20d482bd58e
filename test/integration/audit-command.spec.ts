import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../src/cli/run-command.js';
import type { AuditVerification } from '../../src/audit/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { someSettings } from '../../src/testing/builders.js';
import { freshPrefix, openRedis, redisUrl } from '../support/servers.js';
import {
  journalOn,
  KEY,
  ListOutbox,
  openAuditDatabase,
  relayInto,
  relayOf,
  someEvents,
  type AuditDatabase,
} from './audit-fixtures.js';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;
const AUDIT_KEYS = `${KEY.keyId}=${String(KEY.key)}`;

interface Outcome {
  readonly status: number;
  readonly printed: string;
  readonly told: string;
}

async function gatehouse(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  let [printed, told] = ['', ''];
  const status = await runCommand(args, environment, {
    print: (text) => void (printed += text),
    tell: (text) => void (told += text),
  });
  return { status, printed, told };
}

/** In a process of its own, with nothing of this one's environment but its path. */
const gatehouseApart = (
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Outcome> =>
  new Promise((resolve) => {
    const { PATH = '' } = process.env;
    execFile(
      process.execPath,
      ['--import', '@swc-node/register/esm-register', MAIN, ...args],
      { env: { PATH, ...environment } },
      (error, printed, told) => resolve({ status: Number(error?.code ?? 0), printed, told }),
    );
  });

const verified = ({ printed }: Outcome): AuditVerification =>
  JSON.parse(printed) as AuditVerification;

describe('gatehouse audit verify, on SQLite', () => {
  let database: AuditDatabase;
  let folder: string;
  let environment: Readonly<Record<string, string>>;

  beforeEach(async () => {
    database = await openAuditDatabase('sqlite');
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-command-'));
    environment = { DATA_FOLDER: folder, AUDIT_KEYS };
    const outbox = new ListOutbox();
    outbox.add(0, someEvents(1_200));
    await relayOf(outbox, database.dataSource).drain(0);
  });

  afterEach(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });

  /** Puts the database where the command looks for it. */
  const place = async (): Promise<void> => {
    await database.owner.query(`VACUUM INTO '${join(folder, 'audit.sqlite')}'`);
  };

  it('says that nothing is wrong, and ends with 0', async () => {
    await place();

    const outcome = await gatehouse(['audit', 'verify'], environment);

    expect(outcome).toEqual({
      status: 0,
      printed: [
        'Nothing is wrong in 1200 rows of 1 chains.',
        'The end of 1 chains is anchored nowhere: if rows were cut off there, it does not show.',
        '',
      ].join('\n'),
      told: '',
    });
  });

  it('names what is wrong, harmlessly, and ends with 1', async () => {
    await database.owner.query(
      `UPDATE audit_events SET event_id = 'evil' || char(27) || '[2J' WHERE chain_seq = 7`,
    );
    await database.owner.query('DELETE FROM audit_events WHERE chain_seq IN (9, 10)');
    await place();

    const { status, printed } = await gatehouse(['audit', 'verify'], environment);

    expect(status).toBe(1);
    expect(printed).toContain('Broken: 2 findings in 1198 rows of 1 chains.');
    expect(printed).toMatch(/chain 0, row 7 \(evil.*\): changed, is not as it was written\n/);
    expect(printed).toContain('chain 0, rows 9 to 10: deleted, is missing\n');
    expect(printed).not.toContain('\u001b');
  });

  it('prints one JSON object, which the next run takes as anchors', async () => {
    await place();
    const first = await gatehouse(['audit', 'verify', '--json'], environment);
    const anchors = join(folder, 'anchors.json');
    await writeFile(anchors, first.printed);
    await rm(join(folder, 'audit.sqlite'));
    await database.owner.query('DELETE FROM audit_events WHERE chain_seq > 1150');
    await place();

    const second = await gatehouse(
      ['audit', 'verify', '--json', '--anchors', anchors],
      environment,
    );

    expect(first.status).toBe(0);
    expect(verified(first)).toMatchObject({ valid: true, rows: 1_200, unanchored: [0] });
    expect(second.status).toBe(1);
    expect(verified(second)).toMatchObject({
      valid: false,
      findings: [{ code: 'cut-off', chain: 0, chainSeq: 1_151, lastSeq: 1_200 }],
      unanchored: [],
    });
  });

  it('ends with 1 for ends that are anchored nowhere, if they have to be', async () => {
    await place();

    const { status } = await gatehouse(['audit', 'verify', '--require-anchors'], environment);

    expect(status).toBe(1);
  });

  it('verifies a chain that is not keyed, when told so', async () => {
    await place();

    const outcome = await gatehouse(['audit', 'verify', '--json', '--max-findings', '1'], {
      ...environment,
      AUDIT_KEYS: 'none',
    });

    expect(outcome.status).toBe(1);
    expect(verified(outcome).findings).toMatchObject([{ code: 'unknown-key', keyId: 'k1' }]);
  });
});

describe('gatehouse audit verify, on PostgreSQL and Redis', () => {
  it('reads under the application’s role, and finds a cut end by the anchors in Redis', async () => {
    const database = await openAuditDatabase('postgres');
    const prefix = freshPrefix();
    const client = openRedis();
    const store = redisStore(client, { prefix, shards: 2 });
    await store.start(someSettings());
    const events = someEvents(20).map((event) => ({ key: event.eventId, event }));
    const outbox = Object.assign(Object.create(store) as typeof store, {
      readOutbox: async () => events.splice(0),
      acknowledge: async () => {},
    });
    await relayInto(journalOn(database.dataSource), outbox).drain(1);
    const { options } = database;
    const url = options.type === 'postgres' ? options.url! : '';
    const environment = {
      DATABASE_URL: url,
      AUDIT_KEYS,
      REDIS_URL: redisUrl(),
      REDIS_PREFIX: prefix,
    };

    const whole = await gatehouse(['audit', 'verify', '--json', '--require-anchors'], environment);
    await database.owner.query('DELETE FROM audit_events WHERE chain_seq > 17');
    const cut = await gatehouse(['audit', 'verify', '--json'], environment);

    expect([whole.status, cut.status]).toEqual([0, 1]);
    expect(verified(whole)).toMatchObject({ valid: true, rows: 20, unanchored: [] });
    expect(verified(cut).findings).toEqual([
      { code: 'cut-off', chain: 1, chainSeq: 18, lastSeq: 20 },
    ]);
    await store.close();
    await client.quit();
    await database.close();
  });
});

describe('gatehouse as a program', () => {
  it('ends with the status, and writes the result apart from everything else', async () => {
    const database = await openAuditDatabase('sqlite');
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-command-'));
    await journalOn(database.owner).append(0, someEvents(3));
    await database.owner.query(`UPDATE audit_events SET reason = 'x' WHERE chain_seq = 2`);
    await database.owner.query(`VACUUM INTO '${join(folder, 'audit.sqlite')}'`);
    const environment = { DATA_FOLDER: folder, AUDIT_KEYS };

    const [broken, unclear] = await Promise.all([
      gatehouseApart(['audit', 'verify', '--json'], environment),
      gatehouseApart(['audit', 'verify'], {}),
    ]);

    expect(broken).toMatchObject({ status: 1, told: '' });
    expect(verified(broken).findings).toMatchObject([{ code: 'changed', chainSeq: 2 }]);
    expect(unclear).toMatchObject({ status: 2, printed: '' });
    expect(unclear.told).toContain('DATABASE_URL');
    await database.close();
    await rm(folder, { recursive: true });
  }, 60_000);
});

describe('gatehouse ends with 2 and says why', () => {
  const nowhere = { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/none', AUDIT_KEYS };

  it.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    ['without a command', [], nowhere, 'no command is given'],
    ['for a command that there is not', ['audit', 'mend'], nowhere, '"audit mend"'],
    ['for an option that there is not', ['audit', 'verify', '--fast'], nowhere, '--fast'],
    ['for a number that is none', ['audit', 'verify', '--max-findings', '0'], nowhere, '--max-fi'],
    ['without keys', ['audit', 'verify'], { ...nowhere, AUDIT_KEYS: '' }, 'AUDIT_KEYS'],
    ['for a short key', ['audit', 'verify'], { ...nowhere, AUDIT_KEYS: 'a=b' }, 'AUDIT_KEYS: keys'],
    ['for a key alone', ['audit', 'verify'], { ...nowhere, AUDIT_KEYS: 'a' }, 'keyId=key'],
    ['without a database', ['audit', 'verify'], { AUDIT_KEYS }, 'DATABASE_URL is not set'],
    ['for MySQL', ['audit', 'verify'], { ...nowhere, DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
    ['for no Redis', ['audit', 'verify'], { ...nowhere, REDIS_URL: 'http://x' }, 'REDIS_URL'],
    ['for a file that is none', ['audit', 'verify', '--anchors', '/none'], nowhere, '/none'],
    ['for a database that is away', ['audit', 'verify'], nowhere, 'ECONNREFUSED'],
  ])('%s', async (_, args, environment, words) => {
    const { status, printed, told } = await gatehouse(args, environment);

    expect({ status, printed }).toEqual({ status: 2, printed: '' });
    expect(told).toContain(words);
    expect(told).not.toContain('secret');
  });

  it('for a Redis that is away', async () => {
    const environment = { ...nowhere, REDIS_URL: 'redis://127.0.0.1:1' };

    const { status } = await gatehouse(['audit', 'verify'], environment);

    expect(status).toBe(2);
  });
});

describe('gatehouse', () => {
  it('explains itself', async () => {
    const outcome = await gatehouse(['--help']);

    expect(outcome).toMatchObject({ status: 0, told: '' });
    expect(outcome.printed).toContain('gatehouse audit verify');
  });

  it('tells its version', async () => {
    expect(await gatehouse(['--version'])).toMatchObject({ status: 0, printed: '0.1.0\n' });
  });
});
