// The way back to one client, through `@connections`.

/** The client has left; nothing more can be sent to it. */
export class Gone extends Error {
  constructor(options) {
    super('the connection is gone', options);
    this.name = 'Gone';
  }
}

/** Makes `send(frame)` for the connection of `event`. Throws `Gone` when the client has left. */
export function channel(event, services) {
  const { connectionId } = event.requestContext;
  const endpoint = endpointOf(event, services.env);
  return async (frame) => {
    const api = await services.gateway(endpoint);
    try {
      await api.postToConnection({ ConnectionId: connectionId, Data: JSON.stringify(frame) });
    } catch (error) {
      throw isGone(error) ? new Gone({ cause: error }) : error;
    }
  };
}

function endpointOf({ requestContext: { domainName, stage } }, env) {
  return env.WEBSOCKET_API_ENDPOINT?.replace(/^ws/, 'http') || `https://${domainName}/${stage}`;
}

function isGone(error) {
  return error.name === 'GoneException' || error.$metadata?.httpStatusCode === 410;
}
