import type { Account } from './account.js';

/** A user of the demo, with a password that is no secret. */
export interface DemoUser extends Account {
  readonly password: string;
}

export const DEMO_USERS: readonly DemoUser[] = [
  { id: 'alice', name: 'Alice', role: 'user', password: 'alice-password' },
  { id: 'bob', name: 'Bob', role: 'user', password: 'bob-password' },
  { id: 'olivia', name: 'Olivia', role: 'operator', password: 'olivia-password' },
];
