import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { SessionInputInvalidError } from '../core/errors.js';
import { parseInput, parseQueryAndBody } from './parse-input.js';

const schema = z.strictObject({
  name: z.string('must be text').optional(),
  filter: z.strictObject({ ip: z.string('must be text') }, 'must be an object').optional(),
});

const refusal = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

describe('parsing what comes from outside', () => {
  it.each([
    [{ name: 7 }, 'name', 'must be text'],
    [{ filter: [] }, 'filter', 'must be an object'],
    [{ filter: {} }, 'filter.ip', 'must be text'],
    [{ filter: { ip: 'x', port: 1 } }, 'filter.port', 'is not known here'],
    [{ colour: 'red', size: 1 }, 'colour', 'is not known here'],
    [JSON.parse('{"__proto__": {}}'), '__proto__', 'is not known here'],
    [{ ['x'.repeat(1_000)]: 1 }, 'x'.repeat(64), 'is not known here'],
  ])('names what is wrong in %j', (input, parameter, rule) => {
    const error = refusal(() => parseInput(schema, input));

    expect(error).toBeInstanceOf(SessionInputInvalidError);
    expect(error).toMatchObject({ parameter, rule });
  });

  it.each([null, 'text', 7, []])('names the body where it is %j', (input) => {
    expect(refusal(() => parseInput(schema, input))).toMatchObject({ parameter: 'body' });
  });

  it('prefers the body to the query, and needs neither', () => {
    expect(parseQueryAndBody(schema, { name: 'query' }, { name: 'body' })).toEqual({
      name: 'body',
    });
    expect(parseQueryAndBody(schema, { name: 'query' }, {})).toEqual({ name: 'query' });
    expect(parseQueryAndBody(schema, {}, undefined)).toEqual({});
  });
});
