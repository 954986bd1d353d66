// Names that tell nobody who someone is, though they are the same for the same one: for logs, and for keys of items.
import { createHmac, randomBytes } from 'node:crypto';
import { setting } from './services.mjs';

const LENGTH = 16;
// No connection id of API Gateway has a `#` in it.
const KEY_ITEM = { connectionId: 'secret#pseudonyms' };

// Of each client, so that a warm function reads its key once.
const secrets = new WeakMap();

/** A short name of `text`. Without the stack's key nobody can find it by trying the addresses of people they know. */
export async function pseudonym(text, services) {
  return createHmac('sha256', await secret(services)).update(text).digest('hex').slice(0, LENGTH);
}

async function secret(services) {
  const table = await services.documents();
  if (!secrets.has(table)) {
    const read = readOrMake(table, services);
    secrets.set(table, read);
    // One that fails is tried again by the next event.
    read.catch(() => secrets.delete(table));
  }
  return secrets.get(table);
}

// One call makes the key or reads it: two functions that start at once get the same one.
async function readOrMake(table, services) {
  const { Attributes } = await table.update({
    TableName: setting(services.env, 'CONNECTIONS_TABLE_NAME'),
    Key: KEY_ITEM,
    UpdateExpression: 'SET pseudonymKey = if_not_exists(pseudonymKey, :made)',
    ExpressionAttributeValues: { ':made': randomBytes(32).toString('hex') },
    ReturnValues: 'ALL_NEW',
  });
  return Attributes.pseudonymKey;
}
