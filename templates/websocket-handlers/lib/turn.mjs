// One exchange: the user's turn is stored, the answer streamed, and stored once it is whole.
import { add, ownerOf } from './conversations.mjs';
import * as frames from './frames.mjs';
import { BadInput } from './input.mjs';

/** Takes the turn of `userId` and answers through `send`; gives back the length of the answer. */
export async function takeTurn({ message, conversationId, userId }, send, world) {
  const turn = { conversationId: conversationId ?? world.newId(), userId };
  await guard(conversationId, userId, world);
  const asked = await add({ ...turn, role: 'user', content: message }, world);

  const ids = { conversationId: turn.conversationId, messageId: world.newId() };
  try {
    const content = await stream({ ...turn, message }, ids, send, world);
    // DynamoDB takes an empty text, a model takes no empty turn: one that said nothing leaves none.
    if (content !== '') await add({ ...turn, role: 'assistant', content }, world, asked);
    await send(frames.end(ids));
    return content.length;
  } catch (error) {
    // Says which answer broke off.
    throw Object.assign(error, { ids });
  }
}

// The answer to someone else's conversation is the answer to one that does not exist.
async function guard(conversationId, userId, world) {
  if (conversationId === undefined) return;
  const owner = await ownerOf(conversationId, world);
  if (owner !== undefined && owner !== userId) {
    throw new BadInput('unknown_conversation', 'I do not know that conversation. Leave "conversationId" out to begin one.');
  }
}

async function stream(turn, ids, send, world) {
  await send(frames.start(ids));
  const pieces = [];
  for await (const text of world.answer(turn)) {
    await send(frames.delta(ids, pieces.length, text));
    pieces.push(text);
  }
  return pieces.join('');
}
