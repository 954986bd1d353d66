// A services of fakes: tables in memory that check what DynamoDB would, and a gateway that keeps the frames.
import { isJob } from '../../templates/websocket-handlers/lib/invoke-async.mjs';
import { route } from '../../templates/websocket-handlers/lib/route.mjs';
import { answer } from '../../templates/websocket-handlers/routes/answer.mjs';

export const CONNECTIONS = 'test-connections';
export const CONVERSATIONS = 'test-conversations';
export const ENV = {
  CONNECTIONS_TABLE_NAME: CONNECTIONS,
  CONVERSATIONS_TABLE_NAME: CONVERSATIONS,
  AWS_LAMBDA_FUNCTION_NAME: 'test-message',
};
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

class AwsError extends Error {
  constructor(name, httpStatusCode) {
    super(`${name} as AWS says it`);
    this.name = name;
    this.$metadata = { httpStatusCode, requestId: 'aws-request' };
  }
}

export const gone = () => new AwsError('GoneException', 410);
export const throttled = () => new AwsError('ThrottlingException', 429);
export const denied = () => new AwsError('AccessDeniedException', 400);

/**
 * Two tables; items live in `items[table]`, calls are listed in `calls`. A call named in `lost` takes effect, its response
 * is lost, and the client sends it again.
 */
export function fakeTables() {
  const keys = { [CONNECTIONS]: ['connectionId'], [CONVERSATIONS]: ['conversationId', 'timestamp'] };
  const items = { [CONNECTIONS]: new Map(), [CONVERSATIONS]: new Map() };
  const calls = [];
  const lost = new Set();
  const key = (table, item) => keys[table].map((part) => item[part]).join('/');
  const call = (name, run) => async (input) => {
    calls.push({ name, ...input });
    if (lost.has(name)) run(input);
    return run(input);
  };
  return {
    items,
    calls,
    lost,
    put: call('put', ({ TableName, Item, ConditionExpression, ExpressionAttributeValues: values }) => {
      const at = key(TableName, Item);
      check(ConditionExpression, items[TableName].get(at) ?? {}, values);
      items[TableName].set(at, Item);
      return {};
    }),
    get: call('get', ({ TableName, Key }) => ({ Item: items[TableName].get(key(TableName, Key)) })),
    delete: call('delete', ({ TableName, Key }) => (items[TableName].delete(key(TableName, Key)), {})),
    query: call('query', ({ TableName, KeyConditionExpression, ExpressionAttributeValues: values, ScanIndexForward = true, Limit }) => ({
      Items: [...items[TableName].values()]
        .filter(({ conversationId }) => conversationId === values[':id'])
        .filter(({ timestamp }) => (timestamp > (values[':askedAt'] ?? Infinity)) === KeyConditionExpression.includes('>'))
        .sort((a, b) => (ScanIndexForward ? a.timestamp - b.timestamp : b.timestamp - a.timestamp))
        .slice(0, Limit),
    })),
    update: call('update', ({ TableName, Key, ConditionExpression, UpdateExpression, ExpressionAttributeValues: values, ReturnValues }) => {
      const at = key(TableName, Key);
      const item = items[TableName].get(at) ?? {};
      check(ConditionExpression, item, values);
      const Attributes = { ...Key, ...changed(UpdateExpression, item, values) };
      items[TableName].set(at, Attributes);
      return ReturnValues === 'ALL_NEW' ? { Attributes } : {};
    }),
  };
}

function check(condition, item, values) {
  if (condition && !holds(condition, item, values)) throw new AwsError('ConditionalCheckFailedException', 400);
}

// Conditions of functions and comparisons, with NOT, joined by AND, and those by OR.
function holds(condition, item, values) {
  if (condition.includes(' OR ')) return condition.split(' OR ').some((one) => holds(one, item, values));
  if (condition.includes(' AND ')) return condition.split(' AND ').every((one) => holds(one, item, values));
  if (condition.startsWith('NOT ')) return !holds(condition.slice(4), item, values);
  const [, exists, name] = /^attribute_(exists|not_exists)\((\w+)\)$/.exec(condition) ?? [];
  if (exists) return (item[name] !== undefined) === (exists === 'exists');
  const [left, sign, right] = condition.split(' ');
  return item[left] !== undefined && SIGNS[sign](item[left], values[right]);
}

const SIGNS = { '=': (a, b) => a === b, '<': (a, b) => a < b, '>': (a, b) => a > b, '<=': (a, b) => a <= b };

// `SET a = :x, b = if_not_exists(b, :z) + :y` or `REMOVE a`
function changed(expression, item, values) {
  const [verb] = expression.split(' ', 1);
  const terms = expression.slice(verb.length + 1).split(/, (?![^(]*\))/);
  if (verb === 'REMOVE') return Object.fromEntries(Object.entries(item).filter(([name]) => !terms.includes(name)));
  const value = (term) => {
    const [, name, otherwise] = /^if_not_exists\((\w+), (:\w+)\)$/.exec(term) ?? [];
    if (name) return item[name] ?? values[otherwise];
    return term.startsWith(':') ? values[term] : item[term];
  };
  const pairs = terms.map((one) => one.split(' = '));
  const set = pairs.map(([name, sum]) => [name, sum.split(' + ').map(value).reduce((a, b) => a + b)]);
  return { ...item, ...Object.fromEntries(set) };
}

/** A gateway that keeps the frames; `refuse(frame)` may give an error to throw instead. */
export function fakeGateway(refuse = () => undefined) {
  const posts = [];
  const gateway = async (endpoint) => ({
    postToConnection: async ({ ConnectionId, Data }) => {
      const frame = JSON.parse(Data);
      const error = refuse(frame);
      if (error) throw error;
      posts.push({ endpoint, ConnectionId, frame });
    },
  });
  return { gateway, posts, frames: () => posts.map(({ frame }) => frame) };
}

/** A handler for `run` with everything faked, and the fakes. */
export function harness(run, { refuse, ...overrides } = {}) {
  const tables = fakeTables();
  const gateway = fakeGateway(refuse);
  const lines = [];
  const jobs = [];
  let id = 0;
  const handler = route((event, services) => (isJob(event) ? answer(event, services) : run(event, services)), {
    documents: async () => tables,
    gateway: gateway.gateway,
    functions: async () => ({ invoke: async (call) => jobs.push(call) }),
    env: ENV,
    now: () => NOW,
    newId: () => `id-${(id += 1)}`,
    write: (line) => lines.push(line),
    ...overrides,
  });
  return {
    handler,
    jobs,
    // Lets a client say something and every run that follows from it happen.
    say: async (event, context) => {
      const response = await handler(event, context);
      while (jobs.length > 0) await handler(JSON.parse(jobs.shift().Payload), context);
      return response;
    },
    tables,
    posts: gateway.posts,
    frames: gateway.frames,
    lines,
    logs: () => lines.map((line) => JSON.parse(line)),
    connections: () => [...tables.items[CONNECTIONS].values()].filter(({ connectionId }) => !connectionId.includes('#')),
    turns: () => [...tables.items[CONVERSATIONS].values()],
    connected: (userId, vouched = true) => tables.items[CONNECTIONS].set('conn-1', { connectionId: 'conn-1', userId, vouched }),
    calls: () => tables.calls.filter(({ Key }) => Key?.connectionId !== 'secret#pseudonyms'),
  };
}

/** An event as API Gateway sends it. */
export function event({ routeKey = 'message', body, query, ...context } = {}) {
  return {
    requestContext: {
      requestId: 'request-1',
      connectionId: 'conn-1',
      routeKey,
      domainName: 'abc.execute-api.us-east-1.amazonaws.com',
      stage: 'prod',
      identity: { sourceIp: '192.0.2.1' },
      ...context,
    },
    queryStringParameters: query,
    body: typeof body === 'object' ? JSON.stringify(body) : body,
  };
}
