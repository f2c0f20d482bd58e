const HASH_LENGTH = 43;
const ID_LENGTH = 24;
const TOKEN = /[A-Za-z0-9_-]{72}(?=\.)/g;
const LONG_RUN = /[A-Za-z0-9_-]{43,}/g;

/** What of tokens and hashes must be seen nowhere: of each, as much as a hash is long. */
const known = new Set<string>();

/** Notes what stores are given. */
export const noteHash = (hash: string): void => void known.add(hash);

/** Notes the tokens that a Set-Cookie header hands out. */
export function noteTokens(setCookie: string): void {
  for (const [token] of setCookie.matchAll(TOKEN))
    known.add(token.slice(ID_LENGTH, ID_LENGTH + HASH_LENGTH));
}

/** Whether the text has a token or a token's hash in it. */
export function holdsSecret(text: string): boolean {
  for (const [run] of text.matchAll(LONG_RUN))
    for (let start = 0; start + HASH_LENGTH <= run.length; start += 1)
      if (known.has(run.slice(start, start + HASH_LENGTH))) return true;
  return false;
}
