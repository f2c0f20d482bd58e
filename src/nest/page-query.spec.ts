import { parsePageQuery } from './page-query.js';

describe('a page query', () => {
  it.each([
    [{}, { limit: 50 }],
    [{ limit: '1' }, { limit: 1 }],
    [{ limit: '200' }, { limit: 200 }],
    [
      { limit: '7', cursor: 'abc' },
      { limit: 7, cursor: 'abc' },
    ],
  ])('%j asks for %j', (query, page) => {
    expect(parsePageQuery(query)).toEqual(page);
  });

  it.each([
    ['limit', { limit: '0' }],
    ['limit', { limit: '201' }],
    ['limit', { limit: '-1' }],
    ['limit', { limit: '1e2' }],
    ['limit', { limit: '' }],
    ['limit', { limit: ['1', '2'] }],
    ['cursor', { cursor: ['a', 'b'] }],
    ['cursor', { cursor: 'a'.repeat(513) }],
  ])('names a bad %s: %j', (parameter, query) => {
    expect(() => parsePageQuery(query)).toThrow(
      expect.objectContaining({ code: 'SESSION_INPUT_INVALID', parameter }),
    );
  });
});
