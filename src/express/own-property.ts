/** Puts a plain value on an object, also where it inherits an accessor of that name. */
export function ownProperty(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
