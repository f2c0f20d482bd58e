import { SessionModule, type Duration, type SessionModuleOptions } from 'nestjs-gatehouse';
import { SessionAdminModule } from 'nestjs-gatehouse/admin';
import { connectRedis, type LegacyRedisClient } from 'nestjs-gatehouse/connect-redis';
import { redisStore } from 'nestjs-gatehouse/redis';
import { Redis } from 'ioredis';

declare const client: LegacyRedisClient;

const secret = 'only-for-tests-and-at-least-32-characters';

export const durations: readonly Duration[] = [1_000, '500ms', '90s', '30m', '12h', '180d'];

// @ts-expect-error a duration has a unit that we know
export const fortnight: Duration = '2w';

// @ts-expect-error a secret is required
export const withoutSecret: SessionModuleOptions = {};

export const misspelt: SessionModuleOptions = {
  secret,
  // @ts-expect-error there is no such option
  idleTimeOut: '30m',
};

export const unknownChoice: SessionModuleOptions = {
  secret,
  // @ts-expect-error one of evict-oldest and reject
  onLimit: 'evict-newest',
};

export const unknownPreset: SessionModuleOptions = {
  secret,
  // @ts-expect-error NIST has three levels
  policy: 'nist-aal4',
};

export const cookieWithMaxAge: SessionModuleOptions = {
  secret,
  // @ts-expect-error the server's clock ends sessions
  cookie: { maxAge: 1_000 },
};

export const module = SessionModule.forRoot({ secret, selfService: true, isGlobal: false });

export const asyncModule = SessionModule.forRootAsync({
  useFactory: () => Promise.resolve({ secret, store: redisStore(new Redis(), { shards: 8 }) }),
  selfService: true,
});

export const asyncModuleWithoutSecret = SessionModule.forRootAsync({
  // @ts-expect-error the factory's options are checked too
  useFactory: () => ({ idleTimeout: '30m' }),
});

// @ts-expect-error adoption has to come to an end
export const endlessAdoption = connectRedis({ client, secret });

// @ts-expect-error nobody administers without a guard and a scope
export const openToAll = SessionAdminModule.forRoot({});
