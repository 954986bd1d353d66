// Amazon Bedrock, spoken to through ConverseStream, and its failures in words for people.
import { setting } from './services.mjs';

// A model that thinks first counts its thoughts among the tokens of its answer.
const MAX_TOKENS = 8192;

/** The model did not answer, or not to the end: `code` is for programs, the message for people. */
export class ModelFailure extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.name = 'ModelFailure';
    this.code = code;
  }
}

/** Yields the model's answer in pieces of text, as they come. Throws `ModelFailure`. */
export async function* converse({ messages, signal, stopped }, services) {
  try {
    const bedrock = await services.bedrock();
    const { stream } = await bedrock.converseStream(request(messages, services.env), { abortSignal: signal });
    for await (const event of stream) {
      const text = event.contentBlockDelta?.delta?.text;
      if (text) yield text;
      if (event.messageStop) return stopped(event.messageStop.stopReason);
    }
    // A connection that breaks may end the stream without an error; then half of an answer is not the answer.
    throw new Error('the stream ended before the message did');
  } catch (error) {
    throw explained(error);
  }
}

// Neither a temperature nor a setting for thinking is sent, and no tool is forced: the newest models refuse some of these,
// and each has a fit default.
function request(messages, env) {
  const maxTokens = Number(env.BEDROCK_MAX_TOKENS) || MAX_TOKENS;
  return {
    modelId: setting(env, 'BEDROCK_MODEL_ID'),
    messages,
    ...(env.SYSTEM_PROMPT ? { system: [{ text: env.SYSTEM_PROMPT }] } : {}),
    inferenceConfig: { maxTokens },
  };
}

const BUSY = ['busy', 'The model has too much to do just now. Please try again in a moment.'];
const UNAVAILABLE = ['unavailable', 'The model cannot be reached just now. Please try again in a moment.'];
const LATE = ['timeout', 'The answer took too long. Please try again, perhaps with a shorter question.'];
const MISCONFIGURED = ['misconfigured', 'The assistant is not set up properly. Please tell the people who run it.'];

// Bedrock API reference, "ConverseStream": errors, and exceptions within the stream.
const KNOWN = {
  ThrottlingException: BUSY,
  ServiceQuotaExceededException: BUSY,
  TooManyRequestsException: BUSY,
  ModelNotReadyException: UNAVAILABLE,
  ServiceUnavailableException: UNAVAILABLE,
  InternalServerException: UNAVAILABLE,
  ModelStreamErrorException: UNAVAILABLE,
  ModelErrorException: UNAVAILABLE,
  ModelTimeoutException: LATE,
  AccessDeniedException: MISCONFIGURED,
  ResourceNotFoundException: MISCONFIGURED,
  ValidationException: MISCONFIGURED,
};

/** The failure of a model that did not end in time. */
export const late = () => new ModelFailure(...LATE);

function explained(error) {
  if (error instanceof ModelFailure) return error;
  const [code, message] = KNOWN[error?.name] ?? UNAVAILABLE;
  return new ModelFailure(code, message, { cause: error });
}
