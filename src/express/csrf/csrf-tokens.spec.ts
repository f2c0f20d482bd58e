import { newSessionId } from '../../core/ids.js';
import { CsrfTokens } from './csrf-tokens.js';

const [OLD, NEW] = ['o'.repeat(32), 'n'.repeat(32)] as const;
const ID = newSessionId(3);

describe('a CSRF token', () => {
  it('is good for the session it was issued for, as often as it is shown', () => {
    const tokens = new CsrfTokens([OLD]);
    const token = tokens.issue(ID);

    expect([tokens.verify(token, ID), tokens.verify(token, ID)]).toEqual([true, true]);
  });

  it('has no part in common with the one before', () => {
    const tokens = new CsrfTokens([OLD]);

    const parts = Array.from({ length: 100 }, () => tokens.issue(ID).split('.')).flat();

    expect(new Set(parts).size).toBe(200);
  });

  it('is good for no other session', () => {
    const tokens = new CsrfTokens([OLD]);

    expect(tokens.verify(tokens.issue(newSessionId(3)), ID)).toBe(false);
  });

  it('outlives the exchange of the secret, for as long as that is kept', () => {
    const token = new CsrfTokens([OLD]).issue(ID);

    expect(new CsrfTokens([NEW, OLD]).verify(token, ID)).toBe(true);
    expect(new CsrfTokens([NEW]).verify(token, ID)).toBe(false);
  });

  it('cannot be made up of another token, or of nothing', () => {
    const tokens = new CsrfTokens([OLD]);
    const [one, other] = [tokens.issue(ID).split('.'), tokens.issue(ID).split('.')];
    const wrong = [
      '',
      '.',
      ID,
      one[0]!,
      `${one[0]}.`,
      `${one[0]}.${other[1]}`,
      `${one[0]}.${one[1]}=`,
      `${one[0]}.${'A'.repeat(43)}`,
      ` ${one.join('.')}`,
      `${one.join('.')}, ${other.join('.')}`,
      `${one[0]}.${'€'.repeat(43)}`,
    ];

    expect(wrong.filter((token) => tokens.verify(token, ID))).toEqual([]);
  });
});
