// `message` and `$default`: a client says something, or something nobody understands.
import { channel, Gone } from '../lib/channel.mjs';
import { find, forget } from '../lib/connections.mjs';
import * as frames from '../lib/frames.mjs';
import { BadInput, parse } from '../lib/input.mjs';
import { failure } from '../lib/log.mjs';
import { takeTurn } from '../lib/turn.mjs';

/**
 * Answers through `@connections`, because the gateway waits 29 seconds at most.
 *
 * Every failure the client can still be told of ends in an `error` frame and status 200:
 * another status would make the gateway send a frame of its own as well.
 */
export async function message(event, world) {
  const send = channel(event, world);
  try {
    try {
      await reply(event, send, world);
    } catch (error) {
      await explain(error, send, world);
    }
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    await forget(event.requestContext.connectionId, world);
    world.log.info('gone');
  }
  return 200;
}

async function reply(event, send, world) {
  const input = parse(event.body);
  if (input.action === 'ping') return send(frames.pong(world.now()));
  const connection = await find(event.requestContext.connectionId, world);
  if (!connection) throw new BadInput('unknown_connection', 'I do not know this connection. Please connect again.');

  const began = world.now();
  const answerLength = await takeTurn({ ...input, userId: connection.userId }, send, world);
  world.log.info('answered', { messageLength: input.message.length, answerLength, milliseconds: world.now() - began });
}

async function explain(error, send, world) {
  if (error instanceof Gone) throw error;
  if (error instanceof BadInput) {
    world.log.warn('refused', { code: error.code });
    return send(frames.error(error.code, error.message));
  }
  world.log.error('failed', failure(error));
  await send(frames.error('internal', 'Something went wrong on our side. Please try again.', error.ids));
}
