// The entry file: `handler: authorizer.handler`, a REQUEST authorizer for `$connect`.
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { FetchError, JwkValidationError, JwksValidationError, JwtBaseError } from 'aws-jwt-verify/error';
import { tokenOf } from './token.mjs';

const USES = { access: 'access', id: 'id', any: null };

let verifier;

/**
 * Lets a client in whose token the user pool has signed for this client id, and tells the routes who it is.
 *
 * A refusal is a policy that denies, which API Gateway turns into 403. What is not the client's fault, such as a pool
 * whose keys cannot be fetched, is thrown: it counts as an error of the function, and the client gets 500.
 * Neither the token nor anything in it is logged but the kind of refusal.
 */
export async function handler(event) {
  const token = tokenOf(event);
  if (!token) return refuse(event.methodArn, 'NoToken');
  try {
    // Kept while the function is warm, and with it the pool's keys.
    verifier ??= makeVerifier(process.env);
  } catch (error) {
    throw unavailable(error);
  }
  try {
    return allow(event.methodArn, await verifier.verify(token));
  } catch (error) {
    if (isOurs(error)) throw unavailable(error);
    // Its text may quote the token.
    return refuse(event.methodArn, error.constructor.name);
  }
}

function unavailable(error) {
  log('ERROR', 'failed', error.constructor.name);
  return new Error('Unavailable');
}

/** Checks signature, issuer, client id, expiry and use of a token against the pool that `env` names. */
function makeVerifier(env) {
  const tokenUse = USES[env.USER_POOL_TOKEN_USE ?? 'access'];
  if (tokenUse === undefined) throw new RangeError('USER_POOL_TOKEN_USE');
  const made = CognitoJwtVerifier.create({
    userPoolId: env.USER_POOL_ID,
    clientId: env.USER_POOL_CLIENT_ID.split(',').map((one) => one.trim()),
    tokenUse,
  });
  // For functions that cannot reach the pool: its keys as they stand at /.well-known/jwks.json.
  if (env.USER_POOL_JWKS) made.cacheJwks(JSON.parse(env.USER_POOL_JWKS));
  return made;
}

const policy = (effect, methodArn) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: methodArn }],
});

function allow(methodArn, claims) {
  return {
    principalId: claims.sub,
    policyDocument: policy('Allow', methodArn),
    // A context takes plain values only.
    context: { userId: claims.sub, groups: JSON.stringify(claims['cognito:groups'] ?? []), expiresAt: String(claims.exp) },
  };
}

const KEYS = [JwkValidationError, JwksValidationError];

function isOurs(error) {
  // With the keys at hand the pool is only asked about a key that is not among them.
  if (error instanceof FetchError) return !process.env.USER_POOL_JWKS;
  return !(error instanceof JwtBaseError) || KEYS.some((kind) => error instanceof kind);
}

function log(level, event, reason) {
  process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, event, reason })}\n`);
}

function refuse(methodArn, reason) {
  log('WARN', 'refused', reason);
  return { principalId: 'unknown', policyDocument: policy('Deny', methodArn) };
}
