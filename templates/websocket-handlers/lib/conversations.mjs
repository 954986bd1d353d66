// The table of conversations: one item per turn, ordered by time.
import { setting } from './world.mjs';

const KEPT_SECONDS = 30 * 24 * 60 * 60;
// Turns that may share a millisecond before something else must be wrong.
const MAX_TIES = 20;

/**
 * Adds a turn and gives back its timestamp in milliseconds.
 *
 * Two turns of the same millisecond would overwrite each other, so a taken timestamp is moved on by one.
 * DynamoDB reads `expiresAt` in seconds since 1970.
 */
export async function add({ conversationId, userId, role, content }, world, after = 0) {
  const table = await world.documents();
  const first = Math.max(world.now(), after + 1);
  for (let timestamp = first; ; timestamp += 1) {
    const expiresAt = Math.floor(timestamp / 1000) + KEPT_SECONDS;
    try {
      await table.put({
        TableName: name(world),
        Item: { conversationId, timestamp, userId, role, content, expiresAt },
        ConditionExpression: 'attribute_not_exists(conversationId)',
      });
      return timestamp;
    } catch (error) {
      if (error.name !== 'ConditionalCheckFailedException' || timestamp - first >= MAX_TIES) throw error;
    }
  }
}

/** The user a conversation belongs to; `undefined` for a new one. */
export async function ownerOf(conversationId, world) {
  const table = await world.documents();
  const { Items } = await table.query({
    TableName: name(world),
    KeyConditionExpression: 'conversationId = :id',
    ExpressionAttributeValues: { ':id': conversationId },
    ProjectionExpression: 'userId',
    ConsistentRead: true,
    Limit: 1,
  });
  return Items?.[0]?.userId;
}

const name = (world) => setting(world.env, 'CONVERSATIONS_TABLE_NAME');
