import { messageIn } from './push.js';

const ENDING = { id: 'AAAA', state: 'revoked', reason: 'logout' };

describe('a notification', () => {
  it.each([
    { type: 'ended', endings: [ENDING] },
    { type: 'ended', endings: [{ ...ENDING, user: { tenantId: '', userId: 'ada' } }] },
    { type: 'epoch', shard: 3 },
  ])('is a message of the store: %j', (message) => {
    expect(messageIn(JSON.stringify(message))).toEqual(message);
  });

  it.each([
    '',
    'junk',
    'null',
    '1',
    '{}',
    '{"type":"other"}',
    '{"type":"epoch"}',
    '{"type":"epoch","shard":"3"}',
    '{"type":"ended"}',
    '{"type":"ended","endings":{}}',
    '{"type":"ended","endings":[null]}',
    '{"type":"ended","endings":[{"id":"AAAA"}]}',
    '{"type":"ended","endings":[{"id":"AAAA","state":"revoked","reason":"logout","user":{"userId":1}}]}',
  ])('of anybody else is none: %s', (payload) => {
    expect(messageIn(payload)).toBeUndefined();
  });
});
