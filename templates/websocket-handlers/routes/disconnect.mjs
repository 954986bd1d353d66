// `$disconnect`: a client has left. API Gateway calls this on a best-effort basis; the table's expiry does the rest.
import { forget } from '../lib/connections.mjs';

/** Forgets the connection. */
export async function disconnect(event, services) {
  await forget(event.requestContext.connectionId, services);
  services.log.info('disconnected');
  return 200;
}
