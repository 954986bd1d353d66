// One exchange in two halves: the question is stored at once, the answer is streamed and stored by a later run.
import { add, claim, ownerOf, recent } from './conversations.mjs';
import { coalesce } from './coalesce.mjs';
import * as frames from './frames.mjs';
import { BadInput } from './input.mjs';
import { late } from './model.mjs';

/** Time that is left at the end of a run to say that there was not enough of it, in milliseconds. */
const RESERVE_MS = 3000;
// A timer of Node takes at most 2^31 - 1 milliseconds.
const LONGEST_MS = 15 * 60 * 1000;

/** Stores the question of `userId` and gives back the job of answering it. */
export async function ask({ message, conversationId, userId }, world) {
  const turn = { conversationId: conversationId ?? world.newId(), userId };
  const askedAt = await add({ ...turn, role: 'user', content: message }, world);
  return { ...turn, messageId: world.newId(), askedAt };
}

// The answer to someone else's conversation is the answer to one that does not exist.
export async function guard({ conversationId, userId }, world) {
  if (conversationId === undefined) return;
  const owner = await ownerOf(conversationId, world);
  if (owner !== undefined && owner !== userId) {
    throw new BadInput('unknown_conversation', 'I do not know that conversation. Leave "conversationId" out to begin one.');
  }
}

/**
 * Answers the question of `job` through `send`; gives back what may be logged of it.
 *
 * Lambda may deliver a job twice: who comes second finds it claimed and does nothing.
 */
export async function reply(job, send, world) {
  const { conversationId, userId, messageId, askedAt } = job;
  const ids = { conversationId, messageId };
  // Says which answer broke off.
  const named = (error) => { throw Object.assign(error, { ids }); };
  if (!(await claim(job, world).catch(named))) return { again: true };
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(late()), Math.min(world.remainingMs() - RESERVE_MS, LONGEST_MS));
  try {
    const messages = await recent(job, world);
    const { content, ...facts } = await stream(messages, ids, send, stop.signal, world);
    // DynamoDB takes a blank text, a model takes no blank turn: one that said nothing leaves none.
    if (content.trim() !== '') await add({ conversationId, userId, role: 'assistant', content }, world, askedAt);
    await send(frames.end(ids, facts.stopReason));
    return { answerLength: content.length, ...facts };
  } catch (error) {
    return named(error);
  } finally {
    clearTimeout(timer);
    // Whatever the model still has to say is not wanted any more.
    stop.abort();
  }
}

async function stream(messages, ids, send, signal, world) {
  await send(frames.start(ids));
  const facts = { frames: 0, stopReason: undefined };
  const stopped = (reason) => (facts.stopReason = reason);
  const texts = [];
  for await (const text of coalesce(world.answer({ messages, signal, stopped }, world), signal)) {
    await send(frames.delta(ids, texts.length, text));
    texts.push(text);
  }
  return { content: texts.join(''), ...facts, frames: texts.length };
}
