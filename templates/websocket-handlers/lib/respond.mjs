// What every answer through `@connections` has in common: failures become frames, a client that left is forgotten.
import { channel, Gone } from './channel.mjs';
import { forget } from './connections.mjs';
import * as frames from './frames.mjs';
import { BadInput } from './input.mjs';
import { failure } from './log.mjs';
import { ModelFailure } from './model.mjs';

/**
 * Runs `work(send)` for the client of `event` and gives back the status for the gateway.
 *
 * Every failure the client can still be told of ends in an `error` frame and status 200:
 * another status would make the gateway send a frame of its own as well.
 */
export async function respond(event, services, work) {
  const send = channel(event, services);
  try {
    try {
      await work(send);
    } catch (error) {
      await explain(error, event, send, services);
    }
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    await forget(event.requestContext.connectionId, services);
    services.log.info('gone');
  }
  return 200;
}

async function explain(error, event, send, services) {
  if (error instanceof Gone) throw error;
  const told = (code, message) =>
    send(frames.error(code, message, { ...error.ids, correlationId: event.requestContext.requestId }));
  if (error instanceof BadInput) {
    services.log.warn('refused', { code: error.code });
    return told(error.code, error.message);
  }
  if (error instanceof ModelFailure) {
    services.log.error('no answer', { reason: error.code, ...failure(error.cause ?? error) });
    return told(error.code, error.message);
  }
  services.log.error('failed', failure(error));
  return told('internal', 'Something went wrong on our side. Please try again.');
}
