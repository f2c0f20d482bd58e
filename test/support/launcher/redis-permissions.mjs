import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';

const LAYOUT_PAGE = new URL('../../../docs/storage-layout.md', import.meta.url);

/** The rules that the documentation tells operators to give a user, for other keys and channels. */
export function documentedPermissions(keys) {
  const page = readFileSync(LAYOUT_PAGE, 'utf8');
  const [, rules] = /^ACL SETUSER gatehouse on >password (.+)$/m.exec(page) ?? [];
  if (!rules?.includes('~gh:*')) throw new Error('docs/storage-layout.md lists no permissions');
  return rules.split(' ').map((rule) => rule.replace(/^([~&])gh:\*$/, `$1${keys}`));
}

/** Makes the user on every server, for replicas do not take users from their master. */
export const allowUser = ({ name, password }, keys, urls) =>
  onEach(urls, (server) =>
    server.acl('SETUSER', name, 'reset', 'on', `>${password}`, ...documentedPermissions(keys)),
  );

export const removeUser = ({ name }, urls) => onEach(urls, (server) => server.acl('DELUSER', name));

async function onEach(urls, change) {
  await Promise.all(
    urls.map(async (url) => {
      const server = new Redis(url);
      await change(server).finally(() => server.disconnect());
    }),
  );
}
