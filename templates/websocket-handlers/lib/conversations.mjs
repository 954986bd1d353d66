// The table of conversations: one item per turn, ordered by time.
import { setting } from './services.mjs';

const KEPT_SECONDS = 30 * 24 * 60 * 60;
/** Longest silence of a run that is at a question, in milliseconds. Lambda starts a killed run again after a minute. */
export const LEASE_MS = 40_000;
/** A question that has waited longer for a run is not answered any more, in milliseconds. */
export const LATEST_MS = 5 * 60 * 1000;
// No run of Lambda takes longer than a quarter of it.
const BEGINNING_SECONDS = 60 * 60;
// What of a conversation a model is shown, besides the question itself.
const RECENT_TURNS = 20;
const RECENT_CHARACTERS = 48_000;
// Turns that may share a millisecond before something else must be wrong.
const MAX_TIES = 20;

/**
 * Adds a turn (`conversationId`, `userId`, `role`, `content`, of an answer also the `askedAt` of its question) behind the
 * time `after`, and gives back its timestamp in milliseconds.
 *
 * Two turns of the same millisecond would overwrite each other, so a taken timestamp is moved on by one. The client
 * sends a call again whose response is lost: a turn that is there already by then is this very one.
 * DynamoDB reads `expiresAt` in seconds since 1970.
 */
export async function add({ after = 0, ...turn }, services) {
  const table = await services.documents();
  const turnId = services.newId();
  const first = Math.max(services.now(), after + 1);
  for (let timestamp = first; ; timestamp += 1) {
    const expiresAt = Math.floor(timestamp / 1000) + KEPT_SECONDS;
    const put = table.put({
      TableName: name(services),
      Item: { ...turn, timestamp, expiresAt, turnId },
      ConditionExpression: 'attribute_not_exists(conversationId) OR turnId = :turn',
      ExpressionAttributeValues: { ':turn': turnId },
    });
    if (await held(put)) return timestamp;
    if (timestamp - first >= MAX_TIES) throw new Error('too many turns at once');
  }
}

/** Whose the last turn of a conversation is, and its timestamp; `undefined` for a new one. */
export async function latest(conversationId, services) {
  const table = await services.documents();
  const { Items } = await table.query({
    TableName: name(services),
    KeyConditionExpression: 'conversationId = :id',
    ExpressionAttributeValues: { ':id': conversationId },
    ProjectionExpression: 'userId, #timestamp',
    ExpressionAttributeNames: { '#timestamp': 'timestamp' },
    ConsistentRead: true,
    ScanIndexForward: false,
    Limit: 1,
  });
  return Items?.[0];
}

/**
 * Makes a new conversation, whose id the client has chosen, that of `userId`; false where another user was faster.
 *
 * It is said in the table of connections, for as long as the first turn may take to be stored: that says it from then on.
 */
export async function begin({ conversationId, userId }, services) {
  const table = await services.documents();
  return held(table.update({
    TableName: setting(services.env, 'CONNECTIONS_TABLE_NAME'),
    // No connection id of API Gateway has a `#` in it.
    Key: { connectionId: `conversation#${conversationId}` },
    UpdateExpression: 'SET ownerId = :user, expiresAt = :expiry',
    // DynamoDB deletes what has expired within days only.
    ConditionExpression: 'attribute_not_exists(connectionId) OR ownerId = :user OR expiresAt < :now',
    ExpressionAttributeValues: { ':user': userId, ':now': seconds(services), ':expiry': seconds(services) + BEGINNING_SECONDS },
  }));
}

/**
 * Takes a question, to be answered by this run alone; gives back the id of the run, or `undefined` where another one has
 * had it. The id is of this call: one that is sent again because its response was lost finds its own.
 */
export async function claim({ messageId, ...question }, services) {
  return hold(question, {
    UpdateExpression: 'SET answerId = :id, runId = :run, answerBy = :by',
    ConditionExpression: 'attribute_exists(conversationId) AND attribute_not_exists(answerId) OR runId = :run',
    ExpressionAttributeValues: { ':id': messageId },
  }, services);
}

/** Takes a question over whose run was killed: it has shown no sign of life for the time of its lease. */
export async function takeOver(question, services) {
  return hold(question, {
    UpdateExpression: 'SET runId = :run, answerBy = :by',
    ConditionExpression: 'answerBy < :now OR runId = :run',
    ExpressionAttributeValues: { ':now': services.now() },
  }, services);
}

/** Says that the run is still at it. */
export async function renew(question, runId, services) {
  return mark(question, {
    UpdateExpression: 'SET answerBy = :by',
    // One that comes late opens no question again that is settled.
    ConditionExpression: 'runId = :run AND attribute_exists(answerBy)',
    ExpressionAttributeValues: { ':run': runId, ':by': services.now() + LEASE_MS },
  }, services);
}

/** Says that the run is done with the question, and that the client knows what came of it. */
export async function settle(question, runId, services) {
  return mark(question, {
    UpdateExpression: 'REMOVE answerBy',
    ConditionExpression: 'runId = :run',
    ExpressionAttributeValues: { ':run': runId },
  }, services);
}

/** Whether a run is at the question, or was and has not been taken over yet. */
export async function isOpen({ conversationId, askedAt }, services) {
  const table = await services.documents();
  const Key = { conversationId, timestamp: askedAt };
  const { Item } = await table.get({ TableName: name(services), Key, ConsistentRead: true });
  return Item?.answerBy !== undefined;
}

async function hold(question, { ExpressionAttributeValues: values, ...expressions }, services) {
  const runId = services.newId();
  const ExpressionAttributeValues = { ...values, ':run': runId, ':by': services.now() + LEASE_MS };
  return (await mark(question, { ...expressions, ExpressionAttributeValues }, services)) ? runId : undefined;
}

async function mark({ conversationId, askedAt }, expressions, services) {
  const table = await services.documents();
  const Key = { conversationId, timestamp: askedAt };
  return held(table.update({ TableName: name(services), Key, ...expressions }));
}

// Whether the condition of a write held.
async function held(write) {
  try {
    await write;
    return true;
  } catch (error) {
    if (error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

/**
 * The latest turns up to the question of `askedAt`, which is the last, in the form that Bedrock's Converse takes.
 *
 * Each answer stands behind its question, even if it was stored after this one was asked. A question that another run is
 * at, or soon will be, is left out: it gets an answer of its own.
 */
export async function recent({ conversationId, askedAt }, services) {
  const [before, after] = await Promise.all([
    turns(conversationId, '#timestamp <= :askedAt', askedAt, services),
    turns(conversationId, '#timestamp > :askedAt', askedAt, services),
  ]);
  const all = [...before, ...after.filter((turn) => turn.askedAt < askedAt)];
  const answered = new Set(all.map((turn) => turn.askedAt));
  const open = ({ role, timestamp, answerId, answerBy }) =>
    role === 'user' && timestamp < askedAt && !answered.has(timestamp) &&
    (answerBy > services.now() || (!answerId && askedAt - timestamp < LATEST_MS));
  const told = all.filter((turn) => turn.content?.trim() && turn.expiresAt > seconds(services) && !open(turn));
  const place = (turn) => turn.askedAt ?? turn.timestamp;
  told.sort((a, b) => place(b) - place(a) || b.timestamp - a.timestamp);
  return asMessages(affordable(told).reverse());
}

// The turns nearest to a time, on one side of it.
async function turns(conversationId, side, askedAt, services) {
  const table = await services.documents();
  const { Items = [] } = await table.query({
    TableName: name(services),
    KeyConditionExpression: `conversationId = :id AND ${side}`,
    ExpressionAttributeValues: { ':id': conversationId, ':askedAt': askedAt },
    ProjectionExpression: '#role, content, #timestamp, askedAt, answerId, answerBy, expiresAt',
    ExpressionAttributeNames: { '#role': 'role', '#timestamp': 'timestamp' },
    ConsistentRead: true,
    ScanIndexForward: side.includes('>'),
    Limit: RECENT_TURNS + 1,
  });
  return Items;
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

const seconds = (services) => Math.floor(services.now() / 1000);
const name = (services) => setting(services.env, 'CONVERSATIONS_TABLE_NAME');
