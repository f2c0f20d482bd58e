/*
 * One server of the benchmark: `main.js <row> <url of Redis>`. Tells its parent by messages where it
 * listens and, when asked, what it has used; ends with its parent.
 */
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AddressInfo } from 'node:net';
import type { Answers, Listening } from '../server-process.js';
import { AllocationCount } from './allocation-count.js';
import type { BenchServer } from './bench-server.js';

/** Each is loaded alone, so that no row pays for another's modules. */
const SERVERS: Readonly<Record<string, () => Promise<(redisUrl: string) => BenchServer>>> = {
  bare: async () => (await import('./bare.server.js')).bare,
  jwt: async () => (await import('./jwt.server.js')).jwt,
  memory: async () => (await import('./express-session.server.js')).expressSessionMemory,
  'connect-redis': async () => (await import('./express-session.server.js')).expressSessionRedis,
  'better-auth': async () => (await import('./better-auth.server.js')).betterAuthRedis,
  'better-auth-cache': async () => (await import('./better-auth.server.js')).betterAuthCookieCache,
  'iron-session': async () => (await import('./iron-session.server.js')).ironSession,
  strict: async () => (await import('./gatehouse.server.js')).gatehouseStrict,
  near: async () => (await import('./gatehouse.server.js')).gatehouseNear,
};

const [, , name, redisUrl] = process.argv;
const load = SERVERS[name ?? ''];
if (!load || redisUrl === undefined) throw new Error(`No server is called "${name}"`);

const tell = (message: Listening | Answers[keyof Answers]): void => void process.send!(message);

const server = (await load())(redisUrl);
const app = await NestFactory.create<NestExpressApplication>(server.module, {
  logger: ['warn', 'error', 'fatal'],
});
server.configure?.(app);
await app.listen(0, '127.0.0.1');

const allocations = new AllocationCount();
const answers: { readonly [Question in keyof Answers]: () => Answers[Question] } = {
  usage: () => {
    const { user, system } = process.cpuUsage();
    return { cpuUs: user + system, atMs: performance.now() };
  },
  count: () => {
    allocations.start();
    return {};
  },
  allocation: () => ({ bytes: allocations.stop() }),
};

process.on('message', (question: keyof Answers) => tell(answers[question]()));
process.on('disconnect', () => process.exit());
tell({ port: (app.getHttpServer().address() as AddressInfo).port, version: process.version });
