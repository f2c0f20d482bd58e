/** Whom a session's data names as signed in; a bare string is a user id without a tenant. */
export type NamedUser = string | { readonly userId: string; readonly tenantId?: string };

/** Passport's user, where its serializer made a string or a number of it. */
export function passportUserIdOf({
  passport,
}: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof passport !== 'object' || passport === null || !('user' in passport)) return undefined;
  const { user } = passport;
  return typeof user === 'string' || typeof user === 'number' ? String(user) : undefined;
}
