// `message` and `$default`: a client says something, or something nobody understands.
import { respond } from '../lib/respond.mjs';
import { spendMessage } from '../lib/budget.mjs';
import { closeAnswer, openAnswer } from '../lib/open-answers.mjs';
import { takeToken } from '../lib/rate-limit.mjs';
import { find } from '../lib/connections.mjs';
import { claim, settle } from '../lib/conversations.mjs';
import * as frames from '../lib/frames.mjs';
import { BadInput, parse } from '../lib/input.mjs';
import { invokeAsync } from '../lib/invoke-async.mjs';
import { failure } from '../lib/log.mjs';
import { pseudonym } from '../lib/pseudonym.mjs';
import { ask } from '../lib/turn.mjs';
import { payerOf } from '../lib/user.mjs';

/** Answers a ping; takes a message in and leaves the answer to a later run, because the gateway waits 29 s at most. */
export async function message(event, services) {
  return respond(event, services, (send) => claimJob(event, send, services));
}

async function claimJob(event, send, services) {
  const { connectionId } = event.requestContext;
  const input = parse(event.body);
  if (input.action === 'ping') return send(frames.pong(services.now(), connectionId));
  const connection = await find(connectionId, services);
  if (!connection) throw new BadInput('unknown_connection', 'I do not know this connection. Please connect again.');

  const { userId, vouched } = connection;
  const asking = { ...input, userId, vouched, messageId: services.newId(), payer: await payerOf(connection, event, services) };
  await takeToken(asking.payer, services);
  await openAnswer(asking.payer, asking.messageId, services);
  try {
    await enqueue(asking, event, services);
  } catch (error) {
    await closeAnswer(asking.payer, asking.messageId, services).catch((late) => services.log.warn('not closed', failure(late)));
    throw error;
  }
  services.log.info('taken', { user: await pseudonym(userId, services), messageLength: input.message.length });
}

async function enqueue(asking, event, services) {
  await spendMessage(asking, services);
  const job = await ask(asking, services);
  try {
    await invokeAsync(job, event, services).catch((error) => withdraw(job, error, services));
  } catch (error) {
    throw Object.assign(error, { ids: { conversationId: job.conversationId, messageId: job.messageId } });
  }
}

// Lambda may have taken a job whose response was lost. No run may answer it once the client is told that none will; where
// one is at it already, there is nothing to tell.
async function withdraw(job, error, services) {
  const runId = await claim(job, services);
  if (!runId) return services.log.warn('taken, it seems', failure(error));
  await settle(job, runId, services).catch((failed) => services.log.warn('not settled', failure(failed)));
  throw error;
}
