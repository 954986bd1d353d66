// How many messages a day the whole stack takes in: what it can cost at most.
import { BadInput } from './input.mjs';
import { number, setting } from './services.mjs';

/** Messages a day of all together for whom no authorizer vouches, where nothing else is said. */
const STRANGERS_PER_DAY = 1000;
const DAY_SECONDS = 24 * 60 * 60;

/**
 * Counts one message of today (in UTC); throws `BadInput` (`budget_spent`) when there have been enough.
 *
 * With `BUDGET_MESSAGES_PER_DAY` everybody is counted, else those only for whom no authorizer vouches. A call that is sent
 * again because its response was lost counts twice, which errs on the side of the bill.
 */
export async function spendMessage({ vouched }, services) {
  const set = number(services.env.BUDGET_MESSAGES_PER_DAY, undefined);
  const limit = set ?? (vouched ? 0 : STRANGERS_PER_DAY);
  if (limit > 0 && !(await count(limit, services))) {
    throw new BadInput('budget_spent', 'There were too many messages today. Please come back tomorrow.');
  }
}

async function count(limit, services) {
  const table = await services.documents();
  const day = new Date(services.now()).toISOString().slice(0, 10);
  try {
    await table.update({
      TableName: setting(services.env, 'CONNECTIONS_TABLE_NAME'),
      // No connection id of API Gateway has a `#` in it.
      Key: { connectionId: `budget#${day}` },
      UpdateExpression: 'SET messages = if_not_exists(messages, :none) + :one, expiresAt = :expiry',
      ConditionExpression: 'attribute_not_exists(messages) OR messages < :limit',
      ExpressionAttributeValues: {
        ':none': 0,
        ':one': 1,
        ':limit': limit,
        ':expiry': Math.floor(services.now() / 1000) + 2 * DAY_SECONDS,
      },
    });
    return true;
  } catch (error) {
    if (error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
