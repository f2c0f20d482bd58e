import type { SessionId } from '../../src/core/ids.js';
import type { Device } from '../../src/core/session-record.js';
import type { User } from '../../src/core/user.js';
import { deviceLabel } from '../../src/express/request-context.js';
import { AGENTS } from '../../test/ui/visitors.js';

/** Who signs in, and from where: a few tenants of very different sizes, two or three devices each. */
export interface Person {
  readonly user: User;
  readonly device: Device;
  readonly methods: readonly string[];
}

const TENANTS = 20;
/** One session in so many is of the smallest tenant. */
export const RARE = 5_000;
export const RARE_TENANT = 'small';
export const RARE_METHOD = 'hwk';

const DEVICES = AGENTS.map((userAgent) => ({ userAgent, label: deviceLabel(userAgent) }));

/** Of the session of that number among so many. */
export function personOf(index: number, sessions: number): Person {
  const users = Math.ceil(sessions / 2.5);
  const number = (index * 7_919) % users;
  const isRare = index % RARE === 1;
  return {
    user: {
      tenantId: isRare ? RARE_TENANT : `tenant-${number % TENANTS}`,
      userId: `user-${number}`,
    },
    device: { ...DEVICES[(index * 7 + (index >> 3)) % DEVICES.length]!, ip: addressOf(index) },
    methods: index % RARE === 2 ? ['pwd', RARE_METHOD] : ['pwd'],
  };
}

const addressOf = (index: number): string =>
  `10.${(index >> 16) & 255}.${(index * 31) & 255}.${(index * 17) & 255}`;

/** A session that was seeded, as far as its audit events are about it. */
export interface Seeded extends Person {
  readonly id: SessionId;
}
