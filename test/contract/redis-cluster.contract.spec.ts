import { describeSessionStore } from 'nestjs-gatehouse/testing';
import { openingRedisStore } from './redis-store-under-test.js';

describeSessionStore('Redis Cluster', openingRedisStore('cluster'));
