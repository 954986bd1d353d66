// How many answers a payer waits for at once: each holds a run of Lambda, of which an account has a thousand.
import { LATEST_MS } from './conversations.mjs';
import { BadInput } from './input.mjs';
import { number, setting } from './services.mjs';

const MOST = 5;
/** A run of Lambda takes no longer, in milliseconds. */
const LONGEST_RUN_MS = 15 * 60 * 1000;
// Other messages of the same payer may come in between; this many in a row do not.
const TRIES = 20;

/** Counts the answer `messageId` as open; throws `BadInput` (`rate_limited`) when `payer` waits for enough of them. */
export async function openAnswer(payer, messageId, services) {
  const most = number(services.env.OPEN_ANSWERS, MOST);
  if (most === 0) return;
  // One that nobody closes, because its run was never started, is not counted for ever.
  const until = services.now() + LATEST_MS + Math.min(services.remainingMs(), LONGEST_RUN_MS);
  await change(payer, services, (answers) => {
    if (!(messageId in answers) && Object.keys(answers).length >= most) throw tooMany(most);
    return { ...answers, [messageId]: until };
  });
}

/** Counts the answer `messageId` as open no more. */
export async function closeAnswer(payer, messageId, services) {
  if (number(services.env.OPEN_ANSWERS, MOST) === 0) return;
  await change(payer, services, ({ [messageId]: _, ...others }) => others);
}

// Reads the open answers, and writes what `next` makes of them unless someone else has written meanwhile.
async function change(payer, services, next) {
  const table = await services.documents();
  const TableName = setting(services.env, 'CONNECTIONS_TABLE_NAME');
  // No connection id of API Gateway has a `#` in it.
  const Key = { connectionId: `open#${payer}` };
  const version = services.newId();
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { Item } = await table.get({ TableName, Key, ConsistentRead: true });
    // Written by this very call, whose response was lost.
    if (Item?.version === version) return;
    const answers = next(unexpired(Item?.answers, services.now()));
    if (await write(table, { TableName, Key }, { from: Item?.version, to: version }, answers, services)) return;
  }
  throw new Error('too many messages at once');
}

const unexpired = (answers, now) => Object.fromEntries(Object.entries(answers ?? {}).filter(([, until]) => until > now));

async function write(table, place, { from, to }, answers, services) {
  try {
    await table.update({
      ...place,
      UpdateExpression: 'SET answers = :answers, version = :to, expiresAt = :expiry',
      ConditionExpression: from ? 'version = :from' : 'attribute_not_exists(version)',
      ExpressionAttributeValues: {
        ':answers': answers,
        ':to': to,
        ':expiry': Math.ceil(Math.max(services.now(), ...Object.values(answers)) / 1000) + 60,
        ...(from && { ':from': from }),
      },
    });
    return true;
  } catch (error) {
    if (error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

const tooMany = (most) => new BadInput('rate_limited', `You may wait for ${most} answers at once. Please wait for one of them.`);
