import type { Stage } from './stage.js';

/** Something that somebody does with the pages, from an empty application on. */
export interface Scenario {
  readonly name: string;
  run(stage: Stage): Promise<void>;
}
