import { sign } from 'cookie-signature';
import fc from 'fast-check';
import { parseSessionToken, type SessionToken } from '../../../src/core/ids.js';
import { checking, requireThat, type Domain } from '../domain.js';
import { HOST } from '../http-domain.js';
import { send, type RawAnswer } from '../raw-http.js';
import { SECRET, type TargetApp } from '../target-app.js';
import { signedTextOf, Visitor } from '../visitor.js';
import type { World } from '../world.js';
import { aStrangersToken } from './cookies.js';

const FORGED_WITH = 'another secret of at least 32 characters';
/** One address sends that many tokens which nobody issued; more than any limit lets pass. */
const BURST = 3_000;
const BURST_ADDRESS = '192.0.2.77';

type Kind = 'well-signed' | 'forged' | 'none' | 'wrong secret';

interface Attack {
  readonly kind: Kind;
  readonly token: SessionToken;
  readonly address: string;
  readonly path: string;
}

const attacks: fc.Arbitrary<Attack> = fc.record({
  kind: fc.constantFrom<Kind>('well-signed', 'well-signed', 'forged', 'none', 'wrong secret'),
  token: aStrangersToken as fc.Arbitrary<SessionToken>,
  address: fc.ipV4(),
  path: fc.constantFrom('/app/read', '/app/guarded', '/session', '/admin/sessions', '/nowhere'),
});

/** What each costs the store: forged cookies nothing, others one read. */
const ALLOWED: Readonly<Record<Kind, string>> = {
  'well-signed': 'find',
  'wrong secret': 'find',
  forged: '',
  none: '',
};

class Flood {
  private held: { readonly token: string; readonly visitor: Visitor } | undefined;

  constructor(private readonly app: TargetApp) {}

  async attack({ kind, token, address, path }: Attack): Promise<void> {
    const target = kind === 'wrong secret' ? await this.withTailOf(token) : token;
    this.app.store.takeCalls();
    const answer = await this.get(path, address, cookieOf(kind, target));
    const calls = this.app.store.takeCalls().join(',');
    const allowed = calls === ALLOWED[kind] || calls === '';
    requireThat(allowed, `a ${kind} token costs "${ALLOWED[kind]}" at most, not "${calls}"`);
    requireThat(!/^set-cookie$/m.test(names(answer)), 'a stranger is given no session for nothing');
    if (kind === 'wrong secret') await this.requireStillGood();
  }

  /** @throws Violation unless one address is told to stop */
  async burst(tokens: readonly SessionToken[]): Promise<void> {
    let status = 0;
    for (const token of tokens) {
      ({ status } = await this.get('/app/guarded', BURST_ADDRESS, cookieOf('well-signed', token)));
      if (status === 429) break;
    }
    requireThat(status === 429, `an address is throttled within ${BURST} unknown tokens`);
    this.app.store.takeCalls();
    await this.get('/app/guarded', BURST_ADDRESS, cookieOf('well-signed', tokens[0]!));
    const calls = this.app.store.takeCalls();
    const isOneRead = calls.join(',') === 'find';
    requireThat(isOneRead, `a throttled address costs a read each, not "${calls.join(',')}"`);
  }

  /** The id and generation of a session that lives, with a secret that is not its own. */
  private async withTailOf(token: SessionToken): Promise<SessionToken> {
    if (!this.held) {
      const visitor = new Visitor(this.app, 'victim');
      const signed = signedTextOf(decodeURIComponent(await visitor.cookie()));
      this.held = { token: signed, visitor };
    }
    return (this.held.token.slice(0, 30) + token.slice(30)) as SessionToken;
  }

  private async requireStillGood(): Promise<void> {
    const answer = await this.get(
      '/app/guarded',
      '198.51.100.1',
      await this.held!.visitor.cookie(),
    );
    requireThat(answer.status === 200, `a wrong secret ends nothing: ${answer.body}`);
  }

  private get(target: string, address: string, cookie: string): Promise<RawAnswer> {
    const headers = [HOST, ['X-Forwarded-For', address] as const, ['Cookie', cookie] as const];
    return send(this.app.port, { method: 'GET', target, headers });
  }
}

function cookieOf(kind: Kind, token: SessionToken): string {
  if (kind === 'none') return 'theme=dark';
  return `sid=${encodeURIComponent(`s:${sign(token, kind === 'forged' ? FORGED_WITH : SECRET)}`)}`;
}

const names = ({ headers }: RawAnswer): string => headers.map(([name]) => name).join('\n');

/** A burst's tokens differ in every part. */
const burstTokens = (seed: number): readonly SessionToken[] =>
  fc
    .sample(aStrangersToken, { seed, numRuns: BURST })
    .filter((token) => parseSessionToken(token)) as SessionToken[];

/** Keys that hold or index sessions. */
async function sessionKeys({ redis, prefixes }: World): Promise<number> {
  const lists = await Promise.all(
    [...prefixes].map((prefix) => redis.keys(`${prefix}:{*}:[sux]*`)),
  );
  return lists.flat().length;
}

/** Tokens well-signed and never issued, forged ones, and none: what they cost, and what they leave. */
export const flood: Domain = {
  name: 'flood',
  weight: 4,
  open: async (world) => {
    const floods = world.apps.map((app) => new Flood(app));
    const warmUp: Attack = {
      kind: 'wrong secret',
      token: burstTokens(0)[0]!,
      address: '192.0.2.1',
      path: '/app/read',
    };
    for (const one of floods) await one.attack(warmUp);
    const before = await sessionKeys(world);
    const inputs = fc.tuple(fc.nat(floods.length - 1), attacks);
    return {
      check: checking(inputs, ([index, attack]) => floods[index]!.attack(attack)),
      conclude: async () => {
        await floods[0]!.burst(burstTokens(1));
        const after = await sessionKeys(world);
        requireThat(after <= before, `visitors without data leave no key: ${after - before} new`);
      },
    };
  },
};
