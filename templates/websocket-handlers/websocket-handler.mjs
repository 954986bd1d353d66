// The entry file: one export per function, as in `handler: websocket-handler.connectHandler`.
import { isJob } from './lib/invoke-async.mjs';
import { route } from './lib/route.mjs';
import { answer } from './routes/answer.mjs';
import { connect } from './routes/connect.mjs';
import { disconnect } from './routes/disconnect.mjs';
import { message } from './routes/message.mjs';

const converse = (event, services) => (isJob(event) ? answer(event, services) : message(event, services));
const routes = { $connect: connect, $disconnect: disconnect };

export const connectHandler = route(connect);
export const disconnectHandler = route(disconnect);
export const messageHandler = route(converse);
/** All routes in one function. */
export const handler = route((event, services) => (routes[event.requestContext.routeKey] ?? converse)(event, services));
