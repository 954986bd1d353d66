// Who is at the other end of a connection.
import { clean } from './text.mjs';

export const ANONYMOUS = 'anonymous';
const MAX_USER_ID = 128;

/**
 * The user id of a `$connect` event, or `null` where it is malformed.
 *
 * Where an authorizer ran, only its word counts: the query string is the client's to write.
 */
export function userOf(event) {
  const { authorizer } = event.requestContext;
  const claimed = authorizer
    ? authorizer.userId ?? authorizer.sub ?? authorizer.principalId
    : event.queryStringParameters?.userId;
  if (claimed === undefined || claimed === null || claimed === '') return ANONYMOUS;
  const id = String(claimed);
  return id.length <= MAX_USER_ID && clean(id) === id && !/\s/.test(id) ? id : null;
}
