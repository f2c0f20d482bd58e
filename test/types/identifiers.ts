import type { SessionId } from 'nestjs-gatehouse';
import { parseSessionId } from 'nestjs-gatehouse';
import type { SessionToken, TokenHash } from '../../src/core/ids.js';

declare const token: SessionToken;
declare const hash: TokenHash;
declare const id: SessionId;
declare const text: string;

// @ts-expect-error a token is a secret, an id is public
export const idOfToken: SessionId = token;

// @ts-expect-error an id opens nothing
export const tokenOfId: SessionToken = id;

// @ts-expect-error what is stored of a token is not the token
export const tokenOfHash: SessionToken = hash;

// @ts-expect-error text from outside has to be parsed
export const unparsed: SessionId = text;

// @ts-expect-error it may be no session id
export const parsed: SessionId = parseSessionId(text);

export const shown: string = id;
