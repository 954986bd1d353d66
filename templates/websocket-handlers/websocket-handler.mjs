// The entry file: one export per function, as in `handler: websocket-handler.connectHandler`.
import { route } from './lib/route.mjs';
import { connect } from './routes/connect.mjs';
import { disconnect } from './routes/disconnect.mjs';
import { message } from './routes/message.mjs';

export const connectHandler = route(connect);
export const disconnectHandler = route(disconnect);
export const messageHandler = route(message);
