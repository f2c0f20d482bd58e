/** A user of the demo. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly role: 'user' | 'operator';
}

declare global {
  namespace Express {
    // What `req.user` is in this application.
    interface User extends Account {}
  }
}
