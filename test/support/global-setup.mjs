import { sharedServer } from './launcher/shared-servers.mjs';
import { openSwitchboard } from './launcher/switchboard.mjs';

/**
 * Redis is always started: it takes no time. A run of everything also waits for the databases
 * here, where no test's timeout counts; a run of chosen files starts them when they are needed.
 *
 * @param {import('@jest/types').Config.GlobalConfig} config
 */
export default async function globalSetup(config) {
  process.env.GATEHOUSE_TEST_SWITCHBOARD = await openSwitchboard();
  const names = isWholeRun(config) ? ['redis', 'postgres', 'mariadb'] : ['redis'];
  const [redis] = await Promise.all(names.map(sharedServer));
  process.env.GATEHOUSE_TEST_REDIS_URL = redis.url;
}

const isWholeRun = ({ nonFlagArgs, testPathPatterns, onlyChanged }) =>
  nonFlagArgs.length === 0 && testPathPatterns.patterns.length === 0 && !onlyChanged;
