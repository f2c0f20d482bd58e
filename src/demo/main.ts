import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SessionWsAdapter } from 'nestjs-gatehouse/ws';
import { AppModule } from './app.module.js';
import type { Configuration } from './configuration.js';
import { CONFIGURATION } from './configuration.module.js';
import { welcome } from './welcome.js';

const app = await NestFactory.create<NestExpressApplication>(AppModule, {
  logger: ['warn', 'error', 'fatal'],
});
app.enableShutdownHooks();
app.disable('x-powered-by');
app.useWebSocketAdapter(new SessionWsAdapter(app));
const configuration = app.get<Configuration>(CONFIGURATION);
await app.listen(configuration.port, configuration.host);
console.log(welcome(await app.getUrl(), configuration));
