// Answers every message with its own words, one by one, in the frames that `copilot-infra chat` and `smoke` read.
//
// The SDK is Lambda's own: esbuild leaves it out. Words take no time; what takes longer than the gateway's 29 seconds
// must be answered by a later run, as the template `websocket-handlers` does.
import { ApiGatewayManagementApi } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';

interface Event {
  body?: string;
  requestContext: { routeKey: string; connectionId: string; domainName: string; stage: string };
}
interface Message {
  action?: string;
  message?: string;
  conversationId?: string;
}
type Send = (frame: object) => Promise<unknown>;

const TableName = process.env.CONNECTIONS_TABLE_NAME;
// API Gateway ends a connection after two hours; DynamoDB forgets its row a little later, should nobody else do.
const LIFETIME_SECONDS = 2.5 * 60 * 60;
const table = DynamoDBDocument.from(new DynamoDB({}));

export async function handler({ body, requestContext }: Event): Promise<{ statusCode: number }> {
  const { routeKey, connectionId, domainName, stage } = requestContext;
  if (routeKey === '$connect') {
    const expiresAt = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS;
    await table.put({ TableName, Item: { connectionId, expiresAt } });
  } else if (routeKey === '$disconnect') {
    await table.delete({ TableName, Key: { connectionId } });
  } else {
    const gateway = new ApiGatewayManagementApi({ endpoint: `https://${domainName}/${stage}` });
    const send: Send = (frame) =>
      gateway.postToConnection({ ConnectionId: connectionId, Data: JSON.stringify(frame) });
    await answer(read(body), connectionId, send);
  }
  return { statusCode: 200 };
}

async function answer(asked: Message | undefined, connectionId: string, send: Send): Promise<void> {
  if (asked?.action === 'ping') {
    await send({ type: 'pong', time: Date.now(), connectionId });
    return;
  }
  if (typeof asked?.message !== 'string') {
    await send({ type: 'error', code: 'invalid_message', message: 'Please send {"action":"message","message":"…"}.' });
    return;
  }
  const ids = { conversationId: asked.conversationId ?? randomUUID(), messageId: randomUUID() };
  await send({ type: 'start', ...ids });
  for (const [index, text] of asked.message.split(/(?<=\s)/).entries()) {
    await send({ type: 'delta', ...ids, index, text });
  }
  await send({ type: 'end', ...ids, stopReason: 'end_turn' });
}

function read(body = ''): Message | undefined {
  try {
    return JSON.parse(body) ?? undefined;
  } catch {
    return undefined;
  }
}
