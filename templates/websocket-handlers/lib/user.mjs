// Who is at the other end of a connection.
import { pseudonym } from './pseudonym.mjs';
import { clean } from './text.mjs';

export const ANONYMOUS = 'anonymous';
const MAX_USER_ID = 128;

/**
 * The user id of a `$connect` event, or `null` where it is malformed.
 *
 * Where an authorizer ran, only its word counts: the query string is the client's to write.
 */
export function userOf(event) {
  const { authorizer } = event.requestContext;
  const claimed = authorizer
    ? authorizer.userId ?? authorizer.sub ?? authorizer.principalId
    : event.queryStringParameters?.userId;
  if (claimed === undefined || claimed === null || claimed === '') return ANONYMOUS;
  const id = String(claimed);
  return id.length <= MAX_USER_ID && clean(id) === id && !/\s/.test(id) ? id : null;
}

/** Whether an authorizer says who is at the other end; anybody may write a query string. */
export function isVouchedFor(event) {
  return Boolean(event.requestContext.authorizer) && ![ANONYMOUS, null].includes(userOf(event));
}

/** Who is charged for what a connection costs: the user whom an authorizer vouches for, else the network it comes from. */
export async function payerOf({ userId, vouched }, event, services) {
  if (vouched) return `user#${userId}`;
  return `network#${await pseudonym(networkOf(event.requestContext.identity?.sourceIp), services)}`;
}

/** The network of an address: of IPv6 the first 64 bits, as whoever has one address has all of those. */
export function networkOf(address = 'unknown') {
  // An IPv4 address in the form of IPv6, `::ffff:192.0.2.1`, is the IPv4 address.
  const [v4] = /\d+\.\d+\.\d+\.\d+$/.exec(address) ?? [];
  if (v4 || !address.includes(':')) return v4 ?? address;
  const [head, tail] = address.toLowerCase().split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = tail ? Array(Math.max(0, 8 - head.length - tail.length)).fill('0') : [];
  return [...head, ...zeros, ...(tail ?? [])].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}
