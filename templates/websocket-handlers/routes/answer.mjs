// The second half of `message`, in a run of its own: asks the model and streams its answer.
import { attend } from '../lib/attend.mjs';
import { pseudonym } from '../lib/mask.mjs';
import { reply } from '../lib/turn.mjs';

/** Carries out the job of `event`. Never fails as a run: Lambda would start a failed one again. */
export async function answer(event, world) {
  return attend(event, world, async (send) => {
    const began = world.now();
    const facts = await reply(event.job, send, world);
    const user = pseudonym(event.job.userId);
    world.log.info('answered', { user, ...facts, milliseconds: world.now() - began });
  });
}
