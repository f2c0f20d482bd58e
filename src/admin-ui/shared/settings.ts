/** What the server writes into the page's document; the page asks for nothing before it can paint. */
export interface PageSettings {
  /** Where the API is, relative to the document; ends with a slash. */
  readonly api: string;
  /** The application's way in. Absent: the page can only say that one has to sign in. */
  readonly signIn?: string;
  /** A route of the application that takes `{ password }` and makes the session fresh. */
  readonly stepUp?: string;
  /** The header that a CSRF token goes in. */
  readonly csrfHeader: string;
}

export function readSettings(): PageSettings {
  const element = document.querySelector<HTMLMetaElement>('meta[name="gatehouse"]');
  return JSON.parse(element?.content ?? '{}') as PageSettings;
}

/** The way in, which leads back to what is shown now. */
export function signInAddress({ signIn }: PageSettings): string | undefined {
  if (signIn === undefined) return undefined;
  const address = new URL(signIn, document.baseURI);
  address.searchParams.set('returnTo', `${location.pathname}${location.search}`);
  return address.href;
}
