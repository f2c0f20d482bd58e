import type { Api } from '../shared/api.js';
import type { PageSettings } from '../shared/settings.js';

/** What every part of the page needs to ask in the user's name. */
export interface Account {
  readonly api: Api;
  readonly settings: PageSettings;
}
