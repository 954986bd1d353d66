// The table of open connections.
import { setting } from './services.mjs';

// API Gateway closes a connection after two hours at the latest; the slack covers a late `$disconnect`.
const LONGEST_CONNECTION_SECONDS = 2 * 60 * 60;
const SLACK_SECONDS = 10 * 60;

/** Remembers an open connection. DynamoDB reads `expiresAt` in seconds since 1970. */
export async function remember({ connectionId, userId, vouched, groups, connectedAt }, services) {
  const expiresAt = Math.floor(connectedAt / 1000) + LONGEST_CONNECTION_SECONDS + SLACK_SECONDS;
  const table = await services.documents();
  await table.put({ TableName: name(services), Item: { connectionId, userId, vouched, groups, connectedAt, expiresAt } });
}

/** Finds an open connection, read consistently because a message may come right after `$connect`. */
export async function find(connectionId, services) {
  const table = await services.documents();
  const { Item } = await table.get({ TableName: name(services), Key: { connectionId }, ConsistentRead: true });
  return Item;
}

/** Forgets a connection; no error where it is forgotten already. */
export async function forget(connectionId, services) {
  const table = await services.documents();
  await table.delete({ TableName: name(services), Key: { connectionId } });
}

const name = (services) => setting(services.env, 'CONNECTIONS_TABLE_NAME');
