import { UseInterceptors, type CallHandler, type NestInterceptor } from '@nestjs/common';
import { INTERCEPTORS } from '../decorators/metadata.js';
import { interceptFirst } from './intercept-first.js';

class Interceptor implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler) {
    return next.handle();
  }
}

const [first, own, inherited] = [new Interceptor(), new Interceptor(), new Interceptor()];

const interceptorsOf = (type: object): unknown => Reflect.getMetadata(INTERCEPTORS, type);

describe('an interceptor that is put first', () => {
  it('is before those of the class, once, however often it is asked for', () => {
    @UseInterceptors(own)
    class Controller {}

    interceptFirst(Controller, first);
    interceptFirst(Controller, first);

    expect(interceptorsOf(Controller)).toEqual([first, own]);
  });

  it('is before those that the class inherits, and not on what it inherits from', () => {
    @UseInterceptors(inherited)
    class Base {}
    class Controller extends Base {}

    interceptFirst(Controller, first);

    expect(interceptorsOf(Controller)).toEqual([first, inherited]);
    expect(interceptorsOf(Base)).toEqual([inherited]);
  });
});
