// What a route may touch. Tests hand in fakes for any part of it.
import { randomUUID } from 'node:crypto';
import { answer } from './answer.mjs';
import { bedrock, documents, functions, gateway } from './aws.mjs';

/**
 * The real services:
 * `documents()` is the table client, `gateway(endpoint)` the `@connections` client, `bedrock()` and `functions()` are
 * those of their services, `now()` and `remainingMs()` are in milliseconds, `answer(turn, services)` yields the pieces of a
 * reply, `write(line)` takes a line of log.
 */
export function defaultServices() {
  return {
    documents,
    gateway,
    bedrock,
    functions,
    answer,
    remainingMs: () => Infinity,
    env: process.env,
    now: Date.now,
    newId: randomUUID,
    write: (line) => process.stdout.write(`${line}\n`),
  };
}

/** Reads an environment variable that has to be there. */
export function setting(env, name) {
  const value = env[name];
  if (!value) throw new MissingSetting(name);
  return value;
}

/** Reads a whole number of at least 0 out of a text, or gives back `otherwise`. */
export function number(text, otherwise) {
  const value = Number(text);
  return text && Number.isInteger(value) && value >= 0 ? value : otherwise;
}

class MissingSetting extends Error {
  constructor(name) {
    super(`environment variable ${name} is not set`);
    this.name = 'MissingSetting';
    // Names a variable only, so it is safe to log.
    this.loggable = true;
  }
}
