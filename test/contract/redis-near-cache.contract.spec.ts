import { describeSessionStore } from 'nestjs-gatehouse/testing';
import { openingRedisStore } from './redis-store-under-test.js';

describeSessionStore('Redis, near cache', openingRedisStore('redis', {}, { nearCache: true }));

describeSessionStore(
  'Redis Cluster, near cache',
  openingRedisStore('cluster', {}, { nearCache: true }),
);
