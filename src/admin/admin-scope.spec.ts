import { describe, expect, it } from '@jest/globals';
import { isInScope, narrowToScope, userInScope } from './admin-scope.js';
import { sessionFilterIn } from './session.input.js';

const ACME = { tenantId: 'acme' };

describe('a scope', () => {
  it('of all leaves a filter as it is', () => {
    expect(narrowToScope({ tenantId: 'other' }, 'all')).toEqual({ tenantId: 'other' });
    expect(narrowToScope({}, 'all')).toEqual({});
  });

  it('of a tenant holds a filter to it', () => {
    expect(narrowToScope({ tenantId: undefined, ip: 'x' }, ACME)).toEqual({ ...ACME, ip: 'x' });
    expect(narrowToScope(ACME, ACME)).toEqual(ACME);
  });

  it.each(['other', '', 'ACME', 'acme '])(
    'of a tenant has nothing of the tenant %j',
    (tenantId) => {
      expect(narrowToScope({ tenantId }, ACME)).toBeUndefined();
      expect(userInScope({ userId: 'alice', tenantId }, ACME)).toBeUndefined();
      expect(sessionFilterIn({ userId: 'alice', tenantId }, ACME)).toBeUndefined();
    },
  );

  it('of the empty tenant has nothing of a named one', () => {
    expect(narrowToScope({ tenantId: 'acme' }, { tenantId: '' })).toBeUndefined();
    expect(narrowToScope({}, { tenantId: '' })).toEqual({ tenantId: '' });
  });

  it('of a tenant has nothing that is of none, be it the empty one', () => {
    expect(isInScope(undefined, 'all')).toBe(true);
    expect(isInScope('acme', ACME)).toBe(true);
    for (const tenantId of [undefined, '', 'other']) expect(isInScope(tenantId, ACME)).toBe(false);
    expect(isInScope(undefined, { tenantId: '' })).toBe(false);
  });

  it('says which tenant’s user is meant where none is named', () => {
    expect(userInScope({ userId: 'alice' }, ACME)).toEqual({ ...ACME, userId: 'alice' });
    expect(userInScope({ userId: 'alice' }, 'all')).toEqual({ tenantId: '', userId: 'alice' });
    expect(sessionFilterIn({ userId: 'alice' }, ACME)).toEqual({
      ...ACME,
      user: { ...ACME, userId: 'alice' },
    });
    expect(sessionFilterIn({ userId: 'alice' }, 'all')).toEqual({
      user: { tenantId: '', userId: 'alice' },
    });
  });
});
