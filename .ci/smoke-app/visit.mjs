// Visits the application twice: the second answer shows that the session was kept.
import { deepEqual, equal, ok } from 'node:assert/strict';

async function visit(headers) {
  const response = await fetch(new URL('/visit', process.argv[2]), { headers });
  equal(response.status, 200);
  return { body: await response.json(), cookies: response.headers.getSetCookie() };
}

const first = await visit({});
deepEqual(first.body, { visits: 1 });
ok(first.cookies.length > 0, 'the first visit sets a cookie');

const second = await visit({ cookie: first.cookies.map((line) => line.split(';')[0]).join('; ') });
deepEqual(second.body, { visits: 2 });
console.log('two visits in one session');
