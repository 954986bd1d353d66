// `$connect`: a client arrives.
import { remember } from '../lib/connections.mjs';
import { userOf } from '../lib/user.mjs';

/** Remembers the connection and whose it is; refuses a malformed user id with 400. */
export async function connect(event, world) {
  const { connectionId, connectedAt = world.now() } = event.requestContext;
  const userId = userOf(event);
  if (userId === null) {
    world.log.warn('refused', { reason: 'malformed user id' });
    return 400;
  }
  await remember({ connectionId, userId, connectedAt }, world);
  world.log.info('connected');
  return 200;
}
