import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import { STRICT_ROUTE } from './metadata.js';

/**
 * Has the store asked for the session of every request to the route, or to a class of them, where a
 * near cache would answer otherwise: what has ended anywhere is refused at once. Routes with
 * `@RequireFresh()`, the admin API and ending sessions by self-service are strict without it. Where
 * nothing is kept near, every route is. @publicApi
 */
export const StrictSession = (): CustomDecorator<symbol> => SetMetadata(STRICT_ROUTE, true);
