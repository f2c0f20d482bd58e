import type { NestInterceptor, Type } from '@nestjs/common';
import { INTERCEPTORS } from '../decorators/metadata.js';

/**
 * Puts an interceptor before those that a class has, of its own or by inheritance. Not a global one, because Nest makes every
 * request pay for having any, and ours are for few classes. Safe to repeat, also by another
 * application in the process with the same class: the interceptor holds nothing of either.
 */
export function interceptFirst(type: Type, interceptor: NestInterceptor): void {
  const present = (Reflect.getMetadata(INTERCEPTORS, type) ?? []) as readonly unknown[];
  if (present.includes(interceptor)) return;
  Reflect.defineMetadata(INTERCEPTORS, [interceptor, ...present], type);
}
