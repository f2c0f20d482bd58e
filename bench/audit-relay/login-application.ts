/** A process with one application that logs users in, and with its own relay; ends with its parent. */
import 'reflect-metadata';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import { Redis } from 'ioredis';
import { SessionModule, SessionService } from 'nestjs-gatehouse';
import { SessionAuditModule } from 'nestjs-gatehouse/audit';
import { redisStore } from 'nestjs-gatehouse/redis';
import type { AddressInfo } from 'node:net';
import type { ApplicationMessage } from './login-process.js';
import { BENCH_KEY } from './seeding.js';
import { openAuditTables } from './throughput.js';

const USERS = 10_000;
const [redisUrl, postgresUrl] = process.argv.slice(2) as [string, string];
let logins = 0;

@Controller()
class LoginController {
  constructor(private readonly sessions: SessionService) {}

  @Get('login')
  async login(@Req() request: Request): Promise<string> {
    const userId = `user-${(logins += 1) % USERS}`;
    await this.sessions.login(request, { userId, methods: ['pwd'] });
    return 'in';
  }
}

@Module({
  imports: [
    SessionModule.forRoot({
      secret: 'a-secret-for-the-benchmark-of-48-characters-long',
      cookie: { insecureDevelopment: true },
      store: redisStore(new Redis(redisUrl, { lazyConnect: true })),
    }),
    SessionAuditModule.forRoot({
      dataSource: await openAuditTables(postgresUrl),
      keys: [BENCH_KEY],
    }),
  ],
  controllers: [LoginController],
})
class LoginModule {}

const app = await NestFactory.create<NestExpressApplication>(LoginModule, { logger: false });
await app.listen(0, '127.0.0.1');
process.on('disconnect', () => process.exit());
process.on('message', () => tell({ cpuUs: cpuUs() }));
tell({ port: (app.getHttpServer().address() as AddressInfo).port });

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function tell(message: ApplicationMessage): void {
  process.send!(message);
}
