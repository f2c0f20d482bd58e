import { describeSessionStore } from 'nestjs-gatehouse/testing';
import { openingRedisStore } from './redis-store-under-test.js';

describeSessionStore(
  'Redis behind Sentinel, replicated',
  openingRedisStore('sentinel', {}, { durability: 'replicated' }),
);
