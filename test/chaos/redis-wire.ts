import * as scripts from '../../src/storage/redis/session-scripts.js';
import { redisProtocol } from '../support/wire-protocol.js';

const NAME_OF = new Map(Object.values(scripts).map(({ sha, name }) => [sha, name]));

/** Redis' protocol, in which our scripts have their names. */
export const redisWire = redisProtocol((sha) => NAME_OF.get(sha));
