// The second half of `message`, in a run of its own: asks the model and streams its answer.
import { respond } from '../lib/respond.mjs';
import { isOpen, settle } from '../lib/conversations.mjs';
import { failure } from '../lib/log.mjs';
import { closeAnswer } from '../lib/open-answers.mjs';
import { pseudonym } from '../lib/pseudonym.mjs';
import { reply, claimJob } from '../lib/turn.mjs';

/**
 * Carries out the job of `event`. Fails as a run where the client could not be told what came of it, or where another run is
 * still at it: Lambda starts a failed run again a minute later.
 */
export async function answer(event, services) {
  const { job } = event;
  let runId;
  const status = await respond(event, services, async (send) => {
    const began = services.now();
    try {
      const user = await pseudonym(job.userId, services);
      if (!(await claimJob(job, services, (id) => (runId = id)))) return services.log.info('passed over', { user });
      const facts = await reply(job, runId, send, services);
      return services.log.info('answered', { user, ...facts, milliseconds: services.now() - began });
    } catch (error) {
      // Says which answer broke off; whatever was thrown.
      const ids = { conversationId: job.conversationId, messageId: job.messageId };
      throw Object.assign(error ?? new Error('nothing was thrown'), { ids });
    }
  });
  // Not before the client knows: a run that comes after a kill takes the question for open until then.
  if (runId) await finish(job, runId, services).catch((error) => services.log.warn('not settled', failure(error)));
  // Lambda may start a run again within a second whose machine has failed, which is too soon to know whether it was.
  if (!runId && (await isOpen(job, services))) throw new Error('another run is at the question');
  return status;
}

async function finish(job, runId, services) {
  await settle(job, runId, services);
  if (job.payer) await closeAnswer(job.payer, job.messageId, services);
}
