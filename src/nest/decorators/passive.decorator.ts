import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import { PASSIVE_ROUTE } from './metadata.js';

/**
 * For routes that a page calls by itself, such as polling: they do not count as activity, so they
 * never keep a session alive, and never rotate or confirm its token. @publicApi
 */
export const Passive = (): CustomDecorator<symbol> => SetMetadata(PASSIVE_ROUTE, true);
