import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';

/** What a row of the benchmark serves: `GET /me`, and `POST /login?visitor=<index>` if it knows users. */
export interface BenchServer {
  readonly module: Type;
  /** What else has to be said to the application before it listens. */
  configure?(app: NestExpressApplication): void;
}

/** In none of these is a secret worth anything; each is as long as its library demands. */
export const SECRET = 'a-secret-for-the-benchmark-of-48-characters-long';
