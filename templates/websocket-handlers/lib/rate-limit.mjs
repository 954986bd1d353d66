// A token bucket for each payer, kept in the table of connections.
import { BadInput } from './input.mjs';
import { number, setting } from './services.mjs';

const PER_MINUTE = 30;
const BURST = 20;

/**
 * Takes one token of the bucket of `payer`; throws `BadInput` (`rate_limited`) when it is empty.
 *
 * The bucket is one number: the moment at which it is full again. A token moves that moment on by what one token takes
 * to come back, so a write decides alone, without a read before it, and two at once cannot take the same token.
 */
export async function takeToken(payer, services) {
  const { intervalMs, burst } = limits(services.env);
  if (burst <= 0) return;
  const now = services.now();
  const numbers = { now, intervalMs, room: now + (burst - 1) * intervalMs, takeId: services.newId() };
  const take = (expression) => update(payer, expression, numbers, services);
  if ((await take(FULL)) || (await take(PARTLY)) || (await taken(payer, numbers, services))) return;
  const seconds = Math.ceil(intervalMs / 1000);
  throw new BadInput('rate_limited', `That is too fast. Please wait ${seconds} s before the next message.`);
}

// A call that is sent again because its response was lost knows the first one by the id of the take.
const FULL = {
  UpdateExpression: 'SET fullAt = :next, expiresAt = :expiry, takeId = :take',
  ConditionExpression: 'attribute_not_exists(fullAt) OR fullAt <= :now',
  values: ({ now, intervalMs }) => ({ ':next': now + intervalMs, ':now': now }),
};
const PARTLY = {
  UpdateExpression: 'SET fullAt = fullAt + :interval, expiresAt = :expiry, takeId = :take',
  ConditionExpression: 'fullAt > :now AND fullAt <= :room AND NOT takeId = :take',
  values: ({ now, intervalMs, room }) => ({ ':interval': intervalMs, ':now': now, ':room': room }),
};

// Whether the last token was taken by this very call, whose response was lost.
async function taken(payer, { takeId }, services) {
  const table = await services.documents();
  const { Item } = await table.get({ TableName: name(services), Key: key(payer), ConsistentRead: true });
  return Item?.takeId === takeId;
}

async function update(payer, { values, ...expression }, numbers, services) {
  const table = await services.documents();
  try {
    await table.update({
      TableName: name(services),
      Key: key(payer),
      ...expression,
      // A full bucket need not be kept; DynamoDB reads seconds.
      ExpressionAttributeValues: {
        ...values(numbers),
        ':take': numbers.takeId,
        ':expiry': Math.ceil((numbers.room + 2 * numbers.intervalMs) / 1000),
      },
    });
    return true;
  } catch (error) {
    if (error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

const name = (services) => setting(services.env, 'CONNECTIONS_TABLE_NAME');
// No connection id of API Gateway has a `#` in it.
const key = (payer) => ({ connectionId: `bucket#${payer}` });

function limits(env) {
  const perMinute = number(env.RATE_LIMIT_PER_MINUTE, PER_MINUTE);
  const burst = perMinute > 0 ? number(env.RATE_LIMIT_BURST, BURST) : 0;
  return { intervalMs: Math.ceil(60_000 / (perMinute || 1)), burst };
}
