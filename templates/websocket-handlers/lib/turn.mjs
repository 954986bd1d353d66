// One exchange in two halves: the question is stored at once, the answer is streamed and stored by a later run.
import { add, begin, claim, latest, LATEST_MS, LEASE_MS, recent, renew, takeOver } from './conversations.mjs';
import { coalesce } from './coalesce.mjs';
import * as frames from './frames.mjs';
import { BadInput } from './input.mjs';
import { late } from './model.mjs';

/** Time that is left at the end of a run to say that there was not enough of it, in milliseconds. */
const RESERVE_MS = 3000;
// A timer of Node takes at most 2^31 - 1 milliseconds.
const LONGEST_MS = 30 * 60 * 1000;

/** Stores the question of `userId` and gives back the job of answering it, which `payer` is charged for. */
export async function ask({ message, messageId, conversationId, userId, vouched, payer }, services) {
  const { after, ...place } = await enter({ conversationId, userId, vouched }, services);
  const turn = { ...place, userId };
  // Behind the last turn, even if this machine's clock is behind the one that stored it.
  const askedAt = await add({ ...turn, role: 'user', content: message, after }, services);
  return { ...turn, messageId, askedAt, payer };
}

// The conversation, and when its last turn was stored.
// A stranger goes on with what has begun and chooses no id: two who say `1` would share what they say, and whoever tries
// ids learns nothing, as the answer to someone else's conversation is the answer to one that does not exist.
async function enter({ conversationId, userId, vouched }, services) {
  if (conversationId === undefined) return { conversationId: services.newId(), after: 0 };
  const last = await latest(conversationId, services);
  const entered = last ? last.userId === userId : vouched && (await begin({ conversationId, userId }, services));
  if (!entered) {
    throw new BadInput('unknown_conversation', 'I do not know that conversation. Leave "conversationId" out to begin one.');
  }
  return { conversationId, after: last?.timestamp ?? 0 };
}

/**
 * Takes the question of `job` for this run, and gives back the id of the run; `undefined` where another one is at it or has
 * answered it, as Lambda may deliver a job twice. Throws where there will be no answer: Lambda delivers a job again whose
 * run was killed, and one that it had no room for when there is.
 */
export async function claimJob(job, services, taken) {
  const runId = await claim(job, services);
  if (runId) {
    taken(runId);
    if (services.now() - job.askedAt > LATEST_MS) throw late();
    return true;
  }
  const orphan = await takeOver(job, services);
  if (!orphan) return false;
  taken(orphan);
  throw new Abandoned();
}

/** Answers the question of `job` through `send`; gives back what may be logged of it. */
export async function reply(job, runId, send, services) {
  const { conversationId, userId, messageId, askedAt } = job;
  const ids = { conversationId, messageId };
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(late()), Math.min(services.remainingMs(), LONGEST_MS) - RESERVE_MS);
  // A renewal that fails is one of several; one that is refused tells that another run has given the answer up.
  const beat = () => renew(job, runId, services).then((held) => held || stop.abort(new Abandoned()), () => {});
  const pulse = setInterval(beat, LEASE_MS / 3);
  try {
    const messages = await recent(job, services);
    const { content, ...facts } = await stream(messages, ids, send, stop.signal, services);
    // DynamoDB takes a blank text, a model takes no blank turn: one that said nothing leaves none.
    if (content.trim() !== '') {
      await add({ conversationId, userId, role: 'assistant', content, askedAt, after: askedAt }, services);
    }
    await send(frames.end(ids, facts.stopReason));
    return { answerLength: content.length, ...facts };
  } finally {
    clearTimeout(timer);
    clearInterval(pulse);
    // Whatever the model still has to say is not wanted any more.
    stop.abort();
  }
}

class Abandoned extends Error {
  constructor() {
    super('an earlier run of this answer was killed');
    this.name = 'Abandoned';
    this.loggable = true;
  }
}

async function stream(messages, ids, send, signal, services) {
  await send(frames.start(ids));
  const facts = { frames: 0, stopReason: undefined };
  const stopped = (reason) => (facts.stopReason = reason);
  const texts = [];
  for await (const text of coalesce(services.answer({ messages, signal, stopped }, services), signal)) {
    await send(frames.delta(ids, texts.length, text));
    texts.push(text);
  }
  return { content: texts.join(''), ...facts, frames: texts.length };
}
