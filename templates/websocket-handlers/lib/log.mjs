// One JSON line per event, with what ties it to a request. What people wrote is never logged.
import { mask } from './mask.mjs';

/** Makes a logger whose every line carries `ids`. */
export function logger(ids, { write, now }) {
  const line = (level, event, fields) =>
    write(JSON.stringify({ timestamp: new Date(now()).toISOString(), level, event, ...ids, ...fields }));
  return {
    info: (event, fields) => line('INFO', event, fields),
    warn: (event, fields) => line('WARN', event, fields),
    error: (event, fields) => line('ERROR', event, fields),
  };
}

/**
 * What may be logged of an error: its kind, what AWS said, and where it came from.
 *
 * The text of any other error could quote a message (as the one of `JSON.parse` does), so it is left out.
 */
export function failure(error) {
  const aws = error?.$metadata;
  return {
    error: error?.name ?? typeof error,
    detail: aws || error?.loggable ? mask(error.message ?? '').slice(0, 500) : undefined,
    code: error?.code,
    status: aws?.httpStatusCode,
    awsRequestId: aws?.requestId,
    at: frames(error ?? {}),
  };
}

// A stack begins with the text of the error, whose own lines may look like frames.
function frames({ stack, message }) {
  const calls = String(stack ?? '').replace(message || '', '').split('\n').filter((line) => /^\s+at /.test(line));
  return calls.slice(0, 4).map((line) => mask(line.trim()).slice(0, 200));
}
