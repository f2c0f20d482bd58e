import type { SessionError } from '../../core/errors.js';
import { httpErrorOf, type HttpErrorBody } from '../../express/http-error.js';

/** What GraphQL libraries answer as the `extensions` of an error. */
export interface GraphqlExtensions extends Omit<HttpErrorBody, 'statusCode' | 'message'> {
  /** Apollo makes the answer's status of it, and does not send it otherwise. */
  readonly http: { readonly status: number };
}

export function graphqlExtensionsOf(error: SessionError): GraphqlExtensions {
  const { statusCode: status, message: _message, ...facts } = httpErrorOf(error);
  return { ...facts, http: { status } };
}
