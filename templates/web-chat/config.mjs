// Which copilot the page talks with. `copilot-infra open` serves its own version of this file, for the stack at hand.

/** `url` of the stack's WebSocket; `carrier` (`query` or `subprotocol`) and `parameter` where its API has an authorizer. */
export const config = { name: 'Copilot', url: 'wss://API.execute-api.REGION.amazonaws.com/STAGE' };
