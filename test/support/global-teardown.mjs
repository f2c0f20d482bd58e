import { closeSwitchboard } from './launcher/switchboard.mjs';
import { stopSharedServers } from './launcher/shared-servers.mjs';

export default async function globalTeardown() {
  await stopSharedServers();
  await closeSwitchboard();
}
