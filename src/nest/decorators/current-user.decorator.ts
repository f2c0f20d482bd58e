import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { User } from '../../core/user.js';
import { findSignedIn } from '../current-session.js';
import { requestOf } from '../request-of.js';

/** Whose session the request holds; undefined where nobody is signed in. @publicApi */
export const CurrentUser = createParamDecorator(
  (_data: unknown, context: ExecutionContext): User | undefined =>
    findSignedIn(requestOf(context))?.user,
);
