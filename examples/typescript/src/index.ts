// Answers every message with its own words, through `@connections`. The SDK is Lambda's own: esbuild leaves it out.
import { ApiGatewayManagementApi } from '@aws-sdk/client-apigatewaymanagementapi';

interface Event {
  body?: string;
  requestContext: { routeKey: string; connectionId: string; domainName: string; stage: string };
}

export async function handler({ body, requestContext }: Event): Promise<{ statusCode: number }> {
  const { routeKey, connectionId, domainName, stage } = requestContext;
  if (routeKey !== '$connect' && routeKey !== '$disconnect') {
    const gateway = new ApiGatewayManagementApi({ endpoint: `https://${domainName}/${stage}` });
    const frame = { type: 'echo', text: body ?? '' };
    await gateway.postToConnection({ ConnectionId: connectionId, Data: JSON.stringify(frame) });
  }
  return { statusCode: 200 };
}
