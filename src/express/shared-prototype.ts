/**
 * What all requests, or responses, of one Express application inherit from, those of applications
 * mounted in it included: the last prototype before Express' own. `ofNode` is the one behind that.
 * Undefined for an object that came through no Express application.
 */
export function sharedPrototypeOf(object: object, ofNode: object): object | undefined {
  let candidate = prototypeOf(object);
  while (candidate) {
    const next = prototypeOf(candidate);
    if (next && prototypeOf(next) === ofNode) return candidate;
    candidate = next;
  }
  return undefined;
}

const prototypeOf = (object: object): object | null =>
  Object.getPrototypeOf(object) as object | null;
