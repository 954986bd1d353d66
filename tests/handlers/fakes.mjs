// A world of fakes: tables in memory that check what DynamoDB would, and a gateway that keeps the frames.
import { route } from '../../templates/websocket-handlers/lib/route.mjs';

export const CONNECTIONS = 'test-connections';
export const CONVERSATIONS = 'test-conversations';
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

class AwsError extends Error {
  constructor(name, httpStatusCode) {
    super(`${name} as AWS says it`);
    this.name = name;
    this.$metadata = { httpStatusCode, requestId: 'aws-request' };
  }
}

export const gone = () => new AwsError('GoneException', 410);
export const denied = () => new AwsError('AccessDeniedException', 400);

/** Two tables; items live in `items[table]`, calls are listed in `calls`. */
export function fakeTables() {
  const keys = { [CONNECTIONS]: ['connectionId'], [CONVERSATIONS]: ['conversationId', 'timestamp'] };
  const items = { [CONNECTIONS]: new Map(), [CONVERSATIONS]: new Map() };
  const calls = [];
  const key = (table, item) => keys[table].map((part) => item[part]).join('/');
  const call = (name, run) => async (input) => {
    calls.push({ name, ...input });
    return run(input);
  };
  return {
    items,
    calls,
    put: call('put', ({ TableName, Item, ConditionExpression }) => {
      const at = key(TableName, Item);
      if (ConditionExpression && items[TableName].has(at)) throw new AwsError('ConditionalCheckFailedException', 400);
      items[TableName].set(at, Item);
      return {};
    }),
    get: call('get', ({ TableName, Key }) => ({ Item: items[TableName].get(key(TableName, Key)) })),
    delete: call('delete', ({ TableName, Key }) => (items[TableName].delete(key(TableName, Key)), {})),
    query: call('query', ({ TableName, ExpressionAttributeValues, Limit }) => ({
      Items: [...items[TableName].values()]
        .filter((item) => item.conversationId === ExpressionAttributeValues[':id'])
        .sort((a, b) => a.timestamp - b.timestamp)
        .slice(0, Limit),
    })),
  };
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
  let id = 0;
  const handler = route(run, {
    documents: async () => tables,
    gateway: gateway.gateway,
    env: { CONNECTIONS_TABLE_NAME: CONNECTIONS, CONVERSATIONS_TABLE_NAME: CONVERSATIONS },
    now: () => NOW,
    newId: () => `id-${(id += 1)}`,
    write: (line) => lines.push(line),
    ...overrides,
  });
  return {
    handler,
    tables,
    posts: gateway.posts,
    frames: gateway.frames,
    lines,
    logs: () => lines.map((line) => JSON.parse(line)),
    connections: () => [...tables.items[CONNECTIONS].values()],
    turns: () => [...tables.items[CONVERSATIONS].values()],
    connected: (userId) => tables.items[CONNECTIONS].set('conn-1', { connectionId: 'conn-1', userId }),
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
      ...context,
    },
    queryStringParameters: query,
    body: typeof body === 'object' ? JSON.stringify(body) : body,
  };
}
