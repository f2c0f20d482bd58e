import {
  CsrfRejectedError,
  SessionEndedError,
  SessionRequiredError,
  SessionStoreUnavailableError,
  SessionThrottledError,
} from '../../core/errors.js';
import { closeFrameOf } from './close-frame.js';

describe('the frame that closes a WebSocket', () => {
  it.each([
    [new SessionEndedError('revoked', 'logout'), { code: 4401, reason: 'logout' }],
    [new SessionEndedError('expired', 'idle'), { code: 4401, reason: 'idle' }],
    [new SessionRequiredError(), { code: 4401, reason: 'SESSION_REQUIRED' }],
    [new CsrfRejectedError(), { code: 4403, reason: 'CSRF_REJECTED' }],
    [new SessionThrottledError(), { code: 4429, reason: 'SESSION_THROTTLED' }],
    [new SessionStoreUnavailableError('find'), { code: 1013, reason: 'SESSION_STORE_UNAVAILABLE' }],
  ])('says of %s what a client is to do', (error, frame) => {
    expect(closeFrameOf(error)).toEqual(frame);
  });
});
