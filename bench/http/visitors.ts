/** Whom a request of the benchmark comes from, and what a client sends to be recognized. */
export interface Visitor {
  /** A header line such as `cookie: …`; empty where the server knows nobody. */
  readonly header: string;
  /** What `GET /me` has to answer, to the byte. */
  readonly body: string;
}

/** What an application knows of a user when it signs them in. */
export interface Account {
  readonly userId: string;
  readonly tenantId: string;
}

/** What `GET /me` answers: 78 bytes. */
export interface Me extends Account {
  /** When the session began, in milliseconds. */
  readonly since: number;
}

export const accountOf = (index: number): Account => ({
  userId: `user-${String(index).padStart(10, '0')}`,
  tenantId: `tenant-${String(index % 100).padStart(4, '0')}`,
});

export const toMe = ({ userId, tenantId, since }: Me): Me => ({ userId, tenantId, since });

/** What the application keeps in a session besides who it is: with it connect-redis stores some 400 bytes. */
export const CART = {
  cart: [
    { article: 'A-1024-blue', amount: 2 },
    { article: 'B-2048-red', amount: 1 },
    { article: 'C-4096-green', amount: 3 },
  ],
  locale: 'en-GB',
  theme: 'dark',
  returnTo: '/orders/2026/11/open?page=2',
};
