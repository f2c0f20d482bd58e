import { describeAnchor } from './contract/anchor-contract.js';
import { describeAppend } from './contract/append-contract.js';
import { describeBlock } from './contract/block-contract.js';
import { describeCount } from './contract/count-contract.js';
import { describeCreate } from './contract/create-contract.js';
import { describeDataSize } from './contract/data-size-contract.js';
import { describeEpoch } from './contract/epoch-contract.js';
import { describeExpiry } from './contract/expiry-contract.js';
import { describeFind } from './contract/find-contract.js';
import { describeForeignShard } from './contract/foreign-shard-contract.js';
import { describeIdempotency } from './contract/idempotency-contract.js';
import { describeLastEnding } from './contract/last-ending-contract.js';
import { describeLease } from './contract/lease-contract.js';
import { describeLimit } from './contract/limit-contract.js';
import { describeListing } from './contract/list-contract.js';
import { describeNotes } from './contract/note-contract.js';
import { describeOutbox } from './contract/outbox-contract.js';
import { describeRevokeAll } from './contract/revoke-all-contract.js';
import { describeRevoke } from './contract/revoke-contract.js';
import { describeRotate } from './contract/rotate-contract.js';
import { describeSave } from './contract/save-contract.js';
import { describeSweep } from './contract/sweep-contract.js';
import { describeTouch } from './contract/touch-contract.js';
import { describeUsers } from './contract/users-contract.js';
import { describeWatch } from './contract/watch-contract.js';
import type { OpenStore } from './store-under-test.js';
import { describe } from './test-runner.js';

/**
 * Registers the tests that every driver passes, as one `describe`. A driver's own test file calls
 * it; what only that driver does is tested beside.
 */
export function describeSessionStore(driver: string, open: OpenStore): void {
  describe(`SessionStore contract: ${driver}`, () => {
    describeCreate(open);
    describeLimit(open);
    describeFind(open);
    describeSave(open);
    describeDataSize(open);
    describeTouch(open);
    describeExpiry(open);
    describeRotate(open);
    describeRevoke(open);
    describeRevokeAll(open);
    describeListing(open);
    describeCount(open);
    describeSweep(open);
    describeBlock(open);
    describeEpoch(open);
    describeOutbox(open);
    describeAnchor(open);
    describeAppend(open);
    describeIdempotency(open);
    describeUsers(open);
    describeForeignShard(open);
    describeLastEnding(open);
    describeLease(open);
    describeNotes(open);
    describeWatch(open);
  });
}
