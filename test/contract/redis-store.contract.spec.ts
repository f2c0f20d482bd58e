import { describeSessionStore } from 'nestjs-gatehouse/testing';
import { openingRedisStore } from './redis-store-under-test.js';

describeSessionStore('Redis', openingRedisStore('redis'));

describeSessionStore('Redis, RESP2', openingRedisStore('redis', { protocol: 2 }));
