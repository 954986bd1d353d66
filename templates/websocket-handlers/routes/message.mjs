// `message` and `$default`: a client says something, or something nobody understands.
import { attend } from '../lib/attend.mjs';
import { takeToken } from '../lib/bucket.mjs';
import { find } from '../lib/connections.mjs';
import { claim, settle } from '../lib/conversations.mjs';
import * as frames from '../lib/frames.mjs';
import { BadInput, parse } from '../lib/input.mjs';
import { later } from '../lib/later.mjs';
import { failure } from '../lib/log.mjs';
import { pseudonym } from '../lib/mask.mjs';
import { ask } from '../lib/turn.mjs';

/** Answers a ping; takes a message in and leaves the answer to a later run, because the gateway waits 29 s at most. */
export async function message(event, world) {
  return attend(event, world, (send) => take(event, send, world));
}

async function take(event, send, world) {
  const { connectionId } = event.requestContext;
  const input = parse(event.body);
  if (input.action === 'ping') return send(frames.pong(world.now(), connectionId));
  const connection = await find(connectionId, world);
  if (!connection) throw new BadInput('unknown_connection', 'I do not know this connection. Please connect again.');

  const asking = { ...input, userId: connection.userId, connectionId };
  await takeToken(asking, world);
  const job = await ask(asking, world);
  try {
    await later(job, event, world).catch((error) => withdraw(job, error, world));
  } catch (error) {
    throw Object.assign(error, { ids: { conversationId: job.conversationId, messageId: job.messageId } });
  }
  world.log.info('taken', { user: pseudonym(asking.userId), messageLength: input.message.length });
}

// Lambda may have taken a job whose response was lost. No run may answer it once the client is told that none will; where
// one is at it already, there is nothing to tell.
async function withdraw(job, error, world) {
  const runId = await claim(job, world);
  if (!runId) return world.log.warn('taken, it seems', failure(error));
  await settle(job, runId, world).catch((failed) => world.log.warn('not settled', failure(failed)));
  throw error;
}
