import { BadRequestException } from '@nestjs/common';

/** A text of the request's body. @throws BadRequestException where it is missing or empty */
export function requireText(body: unknown, name: string): string {
  const value: unknown =
    typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new BadRequestException({
    statusCode: 400,
    code: 'FIELD_MISSING',
    message: `Field "${name}" must be a text that is not empty`,
  });
}
