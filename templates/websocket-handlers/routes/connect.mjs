// `$connect`: a client arrives.
import { remember } from '../lib/connections.mjs';
import { pseudonym } from '../lib/pseudonym.mjs';
import { isVouchedFor, userOf } from '../lib/user.mjs';

/** What a browser offers besides its token when it sends that as a subprotocol; it takes no other one back. */
export const SUBPROTOCOL = 'copilot';

/** Remembers the connection and whose it is; refuses a malformed user id with 400. */
export async function connect(event, services) {
  const { connectionId, connectedAt = services.now(), authorizer } = event.requestContext;
  const userId = userOf(event);
  if (userId === null) {
    services.log.warn('refused', { reason: 'malformed user id' });
    return 400;
  }
  const groups = authorizer?.groups || undefined;
  await remember({ connectionId, userId, vouched: isVouchedFor(event), groups, connectedAt }, services);
  services.log.info('connected', { user: await pseudonym(userId, services) });
  return offers(event.headers) ? { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } } : 200;
}

function offers(headers = {}) {
  const offered = Object.entries(headers ?? {}).filter(([name]) => name.toLowerCase() === 'sec-websocket-protocol');
  return offered.some(([, value]) => value.split(',').some((one) => one.trim() === SUBPROTOCOL));
}
