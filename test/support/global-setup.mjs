import { redisUser, sharedServer } from './launcher/shared-servers.mjs';
import { openSwitchboard } from './launcher/switchboard.mjs';

const SLOW = ['postgres', 'mariadb', 'cluster', 'sentinel'];

/**
 * Redis is always started: it takes no time. A run of everything also waits for the other servers
 * here, where no test's timeout counts; a run of chosen files waits for those that `E2E_DRIVERS`
 * names, and starts the others when they are needed.
 *
 * @param {import('@jest/types').Config.GlobalConfig} config
 */
export default async function globalSetup(config) {
  process.env.GATEHOUSE_TEST_SWITCHBOARD = await openSwitchboard();
  const others = SLOW.filter((name) => isWholeRun(config) || isNamed(name));
  const [redis] = await Promise.all(['redis', ...others].map(sharedServer));
  process.env.GATEHOUSE_TEST_REDIS_URL = redis.url;
  process.env.GATEHOUSE_TEST_REDIS_USER = JSON.stringify(redisUser);
}

const isWholeRun = ({ nonFlagArgs, testPathPatterns, onlyChanged }) =>
  nonFlagArgs.length === 0 && testPathPatterns.patterns.length === 0 && !onlyChanged;

const isNamed = (name) => process.env.E2E_DRIVERS?.split(',').includes(name);
