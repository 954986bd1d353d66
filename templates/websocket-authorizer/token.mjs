// Where a client's token is: browsers cannot set headers on a WebSocket, so it comes in one of the places they can.

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * The token of a `$connect` event: of the query string (`token`), of the `Authorization` header, or of the offered
 * subprotocols, as in `new WebSocket(url, ['copilot', token])`; `undefined` where there is none.
 */
export function tokenOf({ queryStringParameters, headers }) {
  const header = (wanted) =>
    Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
  const offered = header('sec-websocket-protocol').split(',').map((one) => one.trim());
  const places = [queryStringParameters?.token, header('authorization').replace(/^Bearer +/i, ''), ...offered];
  return places.find((one) => one && JWT.test(one));
}
