import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import { SKIPS_CSRF } from './metadata.js';

/** Lets `CsrfGuard` pass requests of any origin; for routes that prove their sender otherwise. @publicApi */
export const SkipCsrf = (): CustomDecorator<symbol> => SetMetadata(SKIPS_CSRF, true);
