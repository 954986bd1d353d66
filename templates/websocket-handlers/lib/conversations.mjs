// The table of conversations: one item per turn, ordered by time.
import { setting } from './world.mjs';

const KEPT_SECONDS = 30 * 24 * 60 * 60;
// What of a conversation a model is shown, besides the question itself.
const RECENT_TURNS = 20;
const RECENT_CHARACTERS = 48_000;
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

/** Takes the answering of a question for this run alone; false where another run has it. */
export async function claim({ conversationId, askedAt, messageId }, world) {
  const table = await world.documents();
  try {
    await table.update({
      TableName: name(world),
      Key: { conversationId, timestamp: askedAt },
      UpdateExpression: 'SET answerId = :id',
      ConditionExpression: 'attribute_exists(conversationId) AND attribute_not_exists(answerId)',
      ExpressionAttributeValues: { ':id': messageId },
    });
    return true;
  } catch (error) {
    if (error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

/**
 * The latest turns of `userId` up to the question of `askedAt`, which is the last, in the form that Bedrock's
 * Converse takes. Two users may have begun the same conversation at once: neither is told what the other said.
 */
export async function recent({ conversationId, userId, askedAt }, world) {
  const table = await world.documents();
  const { Items = [] } = await table.query({
    TableName: name(world),
    KeyConditionExpression: 'conversationId = :id AND #timestamp <= :askedAt',
    ExpressionAttributeValues: { ':id': conversationId, ':askedAt': askedAt },
    ProjectionExpression: '#role, content, userId',
    ExpressionAttributeNames: { '#role': 'role', '#timestamp': 'timestamp' },
    ConsistentRead: true,
    ScanIndexForward: false,
    Limit: RECENT_TURNS + 1,
  });
  const own = Items.filter((turn) => turn.userId === userId && turn.content?.trim());
  return asMessages(affordable(own).reverse());
}

// The newest turns as far as there is room; the newest of all in any case.
function affordable(newestFirst) {
  let room = RECENT_CHARACTERS;
  const fits = newestFirst.findIndex(({ content }, index) => (room -= content.length) < 0 && index > 0);
  return fits === -1 ? newestFirst : newestFirst.slice(0, fits);
}

// Converse wants the user first and then both in turn; a question that was never answered joins the next one.
function asMessages(turns) {
  const messages = [];
  for (const { role, content } of turns) {
    const last = messages.at(-1);
    if (last?.role === role) last.content.push({ text: content });
    else if (last || role === 'user') messages.push({ role, content: [{ text: content }] });
  }
  return messages;
}

const name = (world) => setting(world.env, 'CONVERSATIONS_TABLE_NAME');
