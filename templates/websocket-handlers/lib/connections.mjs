// The table of open connections.
import { setting } from './world.mjs';

// API Gateway closes a connection after two hours at the latest; the slack covers a late `$disconnect`.
const LONGEST_CONNECTION_SECONDS = 2 * 60 * 60;
const SLACK_SECONDS = 10 * 60;

/** Remembers an open connection. DynamoDB reads `expiresAt` in seconds since 1970. */
export async function remember({ connectionId, userId, groups, connectedAt }, world) {
  const expiresAt = Math.floor(connectedAt / 1000) + LONGEST_CONNECTION_SECONDS + SLACK_SECONDS;
  const table = await world.documents();
  await table.put({ TableName: name(world), Item: { connectionId, userId, groups, connectedAt, expiresAt } });
}

/** Finds an open connection, read consistently because a message may come right after `$connect`. */
export async function find(connectionId, world) {
  const table = await world.documents();
  const { Item } = await table.get({ TableName: name(world), Key: { connectionId }, ConsistentRead: true });
  return Item;
}

/** Forgets a connection; no error where it is forgotten already. */
export async function forget(connectionId, world) {
  const table = await world.documents();
  await table.delete({ TableName: name(world), Key: { connectionId } });
}

const name = (world) => setting(world.env, 'CONNECTIONS_TABLE_NAME');
