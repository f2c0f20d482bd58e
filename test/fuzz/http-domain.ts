import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { checking, requireThat, type Domain } from './domain.js';
import { crashes, faults } from './harm.js';
import { judge } from './judge.js';
import { header, send, type RawRequest } from './raw-http.js';
import { noteTokens } from './secrets.js';
import { LEGACY_PREFIX } from './target-app.js';
import { signedTextOf, Visitor } from './visitor.js';
import type { World } from './world.js';

/** What attackers may know, and build upon. */
export interface Lures {
  /** Tokens with their signatures, of a user and of an operator. */
  readonly signedTokens: readonly string[];
  readonly sessionIds: readonly string[];
}

export type Role = 'nobody' | 'user' | 'operator';

/** One request, sent as somebody. */
export interface Attempt {
  readonly role: Role;
  readonly request: RawRequest;
  /** What the application before has stored; a negative life is one without end. */
  readonly legacy?: { readonly id: string; readonly text: string; readonly ttlMs: number };
}

interface Target {
  readonly app: World['apps'][number];
  readonly visitors: Readonly<Record<Exclude<Role, 'nobody'>, Visitor>>;
}

/** Requests over raw sockets, to one application after the other; each answer is judged. */
export const httpDomain = (
  name: string,
  weight: number,
  attempts: (lures: Lures) => fc.Arbitrary<Attempt>,
): Domain => ({
  name,
  weight,
  open: async ({ apps, redis }) => {
    const targets = apps.map((app): Target => {
      return {
        app,
        visitors: { user: new Visitor(app, 'alice'), operator: new Visitor(app, 'operator') },
      };
    });
    const inputs = fc.tuple(fc.nat(apps.length - 1), attempts(await luresOf(targets)));
    const property = async ([index, input]: readonly [number, Attempt]): Promise<void> => {
      if (input.legacy) await writeLegacy(redis, input.legacy);
      await attempt(targets[index]!, input);
    };
    return { check: checking(inputs, property) };
  },
});

async function attempt({ app, visitors }: Target, { role, request }: Attempt): Promise<void> {
  const visitor = role === 'nobody' ? undefined : visitors[role];
  const cookie = await visitor?.cookie();
  const headers =
    cookie === undefined ? request.headers : [...request.headers, ['Cookie', cookie] as const];
  app.store.takeCalls();
  const answer = await send(app.port, { ...request, headers });
  visitor?.absorb(answer);
  header(answer, 'set-cookie').forEach(noteTokens);
  if (answer.status >= 500) faults.push(answer.status);
  judge(request, answer, app.store.takeCalls().length);
  requireThat(crashes.length === 0, `nothing crashes: ${String(crashes[0])}`);
}

async function writeLegacy(
  redis: Redis,
  { id, text, ttlMs }: NonNullable<Attempt['legacy']>,
): Promise<void> {
  const key = `${LEGACY_PREFIX}${id}`;
  await (ttlMs < 0 ? redis.set(key, text) : redis.set(key, text, 'PX', ttlMs));
}

async function luresOf(targets: readonly Target[]): Promise<Lures> {
  const visitors = targets.flatMap(({ visitors: { user, operator } }) => [user, operator]);
  const cookies = await Promise.all(visitors.map((visitor) => visitor.cookie()));
  const signedTokens = cookies.map((cookie) => signedTextOf(decodeURIComponent(cookie)));
  return { signedTokens, sessionIds: signedTokens.map((token) => token.slice(0, 24)) };
}

const octet = fc.nat(255);

/** The address that a proxy says the request comes from, so that no throttle is in the way. */
export const anAddress: fc.Arbitrary<readonly [string, string]> = fc
  .tuple(octet, octet, octet)
  .map((rest) => ['X-Forwarded-For', `10.${rest.join('.')}`] as const);

export const HOST = ['Host', '127.0.0.1'] as const;
