import { RedisStore } from 'connect-redis';
import express, { type Express } from 'express';
import session from 'express-session';
import type { Redis } from 'ioredis';

declare module 'express-session' {
  interface SessionData {
    passport?: { user: string };
    visits?: number;
  }
}

export const LEGACY_SECRET = 'legacy-secret';
const DAY_MS = 86_400_000;

/** The application that moves out: express-session and connect-redis, as their own pages show them. */
export function legacyApplication(client: Redis, prefix: string): Express {
  const application = express();
  application.use(
    session({
      store: new RedisStore({ client, prefix }),
      secret: LEGACY_SECRET,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: DAY_MS },
    }),
  );
  application.get('/visits', (request, response) => {
    request.session.visits = (request.session.visits ?? 0) + 1;
    response.json({ visits: request.session.visits, user: request.session.passport?.user });
  });
  application.post('/login/:user', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error);
      request.session.passport = { user: request.params.user };
      request.session.visits = 0;
      response.json({});
    });
  });
  return application;
}
