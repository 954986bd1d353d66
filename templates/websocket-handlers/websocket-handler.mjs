// The entry file: one export per function, as in `handler: websocket-handler.connectHandler`.
import { isJob } from './lib/later.mjs';
import { route } from './lib/route.mjs';
import { answer } from './routes/answer.mjs';
import { connect } from './routes/connect.mjs';
import { disconnect } from './routes/disconnect.mjs';
import { message } from './routes/message.mjs';

const converse = (event, world) => (isJob(event) ? answer(event, world) : message(event, world));
const routes = { $connect: connect, $disconnect: disconnect };

export const connectHandler = route(connect);
export const disconnectHandler = route(disconnect);
export const messageHandler = route(converse);
/** All routes in one function. */
export const handler = route((event, world) => (routes[event.requestContext.routeKey] ?? converse)(event, world));
