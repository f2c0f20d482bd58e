import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import { PASSIVE_HEADER } from './metadata.js';

/** GET requests to these routes are as passive as with `@Passive()` if they carry the header. */
export const PassiveHeader = (name: string): CustomDecorator<symbol> =>
  SetMetadata(PASSIVE_HEADER, name.toLowerCase());
