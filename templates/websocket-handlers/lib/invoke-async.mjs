// Work that goes on after the route has been answered: the function invokes itself asynchronously.
import { setting } from './services.mjs';

/** Marks the events that the function sends to itself; API Gateway's have no such member. */
const KIND = 'copilot.answer';

/**
 * Hands `job` to another run of this function. Lambda takes it within milliseconds and runs it by itself, so the gateway,
 * which waits 29 seconds at most, has its answer at once.
 */
export async function invokeAsync(job, event, services) {
  const { requestId, connectionId, domainName, stage } = event.requestContext;
  const requestContext = { requestId, connectionId, domainName, stage, routeKey: 'answer' };
  const functions = await services.functions();
  await functions.invoke({
    FunctionName: setting(services.env, 'AWS_LAMBDA_FUNCTION_NAME'),
    InvocationType: 'Event',
    Payload: JSON.stringify({ kind: KIND, requestContext, job }),
  });
}

/** Whether an event is a job. */
export const isJob = (event) => event.kind === KIND;
