// Wraps a route into a Lambda handler: gives it its services, logs it, turns a failure into a status.
import { isJob } from './invoke-async.mjs';
import { failure, logger } from './log.mjs';
import { defaultServices } from './services.mjs';

/**
 * Makes a Lambda handler of `run(event, services)`.
 *
 * `run` gives back a status, or a status with headers; never a body, which could reach the client unasked.
 * A status other than 200 refuses the connection on `$connect`.
 */
export function route(run, overrides = {}) {
  return async (event, context) => {
    const remaining = context?.getRemainingTimeInMillis ? { remainingMs: () => context.getRemainingTimeInMillis() } : {};
    const services = { ...defaultServices(), ...remaining, ...overrides };
    const log = logger(correlation(event, context), services);
    try {
      const answer = await run(event, { ...services, log });
      return typeof answer === 'number' ? { statusCode: answer } : answer;
    } catch (error) {
      log.error('failed', failure(error));
      // Lambda starts a failed job again. It also logs what is thrown, whose text could quote a message.
      if (isJob(event)) throw new Error('the question is not done with');
      return { statusCode: 500 };
    }
  };
}

function correlation(event, context) {
  const { requestId, connectionId, routeKey } = event.requestContext;
  return { requestId, connectionId, route: routeKey, functionRequestId: context?.awsRequestId };
}
