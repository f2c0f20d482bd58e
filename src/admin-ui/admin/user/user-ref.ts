/** Whom a page is about. */
export interface UserRef {
  readonly userId: string;
  readonly tenantId: string;
}

/** Of the API's routes for the user. */
export const pathOf = ({ userId }: UserRef): string => `users/${encodeURIComponent(userId)}`;
