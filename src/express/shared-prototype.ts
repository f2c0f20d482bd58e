/**
 * What all requests, or responses, that go through Express inherit from, whichever application has
 * them: Express' own prototype, the last before Node's, `ofNode`. An application's own would not do:
 * one that is called by hand puts its own in the place of the caller's, and leaves it there.
 * Undefined for an object that came through no Express application.
 */
export function sharedPrototypeOf(object: object, ofNode: object): object | undefined {
  let candidate = prototypeOf(object);
  while (candidate) {
    const next = prototypeOf(candidate);
    if (next === ofNode) return candidate;
    candidate = next;
  }
  return undefined;
}

const prototypeOf = (object: object): object | null =>
  Object.getPrototypeOf(object) as object | null;
