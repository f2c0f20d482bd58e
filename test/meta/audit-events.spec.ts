import { AUDIT_EVENT_TYPES } from '../../src/core/audit/audit-event.js';
import { readText } from './documents.js';

/** Types that are named ahead of the work that will record them. */
const NOT_RECORDED_YET = ['impersonation.started', 'impersonation.stopped'];

describe('the audit events', () => {
  it('stand in README, but for those that nothing records yet', () => {
    const [, listed = ''] = /^Recorded are: ([^]*?)\.\s/m.exec(readText('README.md')) ?? [];

    expect(listed.replaceAll('`', '').split(/,\s+/)).toEqual(
      AUDIT_EVENT_TYPES.filter((type) => !NOT_RECORDED_YET.includes(type)),
    );
  });
});
