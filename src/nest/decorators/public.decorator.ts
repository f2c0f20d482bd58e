import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import { PUBLIC_ROUTE } from './metadata.js';

/** Lets `SessionGuard` pass requests without a session, also while the store is away. @publicApi */
export const Public = (): CustomDecorator<symbol> => SetMetadata(PUBLIC_ROUTE, true);
