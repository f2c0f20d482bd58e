import { PASSWORD } from './ui-app.js';

export const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
] as const;

export interface Visitor {
  readonly user: string;
  readonly tenant?: string;
  readonly ip?: string;
  readonly userAgent?: string;
}

/** Signs in as a browser of that kind would; answers the session's cookie. */
export async function signInAt(url: string, visitor: Visitor): Promise<string> {
  const { user, tenant = '', ip = '203.0.113.7', userAgent = AGENTS[0] } = visitor;
  const answer = await fetch(`${url}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'user-agent': userAgent, 'x-forwarded-for': ip },
    body: new URLSearchParams({ user, tenant, password: PASSWORD }),
  });
  const [cookie] = answer.headers.getSetCookie();
  if (answer.status !== 303 || !cookie) throw new Error(`Login of ${user}: ${answer.status}`);
  return cookie.split(';')[0]!;
}

const NAMES = [
  'amelia.brooks',
  'noah.fischer',
  'sofia.rossi',
  'liam.murphy',
  'yuki.tanaka',
  'olga.petrova',
  'mateo.garcia',
  'chloe.martin',
  'arjun.patel',
  'hanna.berg',
  'lucas.silva',
  'fatima.hassan',
] as const;

/** Some people with a device or three each; others where it goes on behind those there are. */
export async function populate(url: string, sessions: number, behind = 0): Promise<void> {
  for (let index = behind; index < behind + sessions; index += 1)
    await signInAt(url, {
      user: NAMES[(index * 5) % NAMES.length]!,
      tenant: index % 3 === 0 ? 'acme' : '',
      ip: `203.0.113.${(index * 37) % 250}`,
      userAgent: AGENTS[(index * 7 + (index >> 2)) % AGENTS.length]!,
    });
}

/** Signs out as the page of one's own sessions does, on the same device or on another. */
export async function signOutAt(url: string, cookie: string, on = cookie): Promise<void> {
  const session = await fetch(`${url}/session`, { headers: { cookie } });
  const { id } = (await session.json()) as { readonly id: string };
  await fetch(`${url}/sessions/${id}`, { method: 'DELETE', headers: { cookie: on } });
}
