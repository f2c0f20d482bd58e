// The smallest application that keeps something in a session. Decorators are applied by hand,
// because plain JavaScript has no syntax for them.
import 'reflect-metadata';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SessionModule } from 'nestjs-gatehouse';

class VisitController {
  visit(request) {
    const visits = (request.session.visits ?? 0) + 1;
    request.session.visits = visits;
    return { visits };
  }
}
const { prototype } = VisitController;
Req()(prototype, 'visit', 0);
Get('visit')(prototype, 'visit', Object.getOwnPropertyDescriptor(prototype, 'visit'));
Controller()(VisitController);

class AppModule {}
Module({
  imports: [
    SessionModule.forRoot({
      secret: 'a-secret-of-at-least-32-characters!!',
      cookie: { insecureDevelopment: true },
    }),
  ],
  controllers: [VisitController],
})(AppModule);

const app = await NestFactory.create(AppModule);
await app.listen(0, '127.0.0.1');
console.log(`listening on ${await app.getUrl()}`);
