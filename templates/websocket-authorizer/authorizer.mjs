// The entry file: `handler: authorizer.handler`, a REQUEST authorizer for `$connect`.
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { tokenOf } from './token.mjs';

const USES = { access: 'access', id: 'id', any: null };

let verifier;

/**
 * Lets a client in whose token the user pool has signed for this client id, and tells the routes who it is.
 *
 * Throwing `Unauthorized` makes API Gateway answer 401 (API Gateway guide, "Lambda authorizer output"). Neither the token
 * nor anything in it is logged but the kind of refusal.
 */
export async function handler(event) {
  const token = tokenOf(event);
  if (!token) throw refused('NoToken');
  let claims;
  try {
    // Kept while the function is warm, and with it the pool's keys.
    verifier ??= makeVerifier(process.env);
    claims = await verifier.verify(token);
  } catch (error) {
    throw refused(error.name);
  }
  return allow(event.methodArn, claims);
}

/** Checks signature, issuer, client id, expiry and use of a token against the pool that `env` names. */
function makeVerifier(env) {
  const made = CognitoJwtVerifier.create({
    userPoolId: env.USER_POOL_ID,
    clientId: env.USER_POOL_CLIENT_ID.split(',').map((one) => one.trim()),
    tokenUse: USES[env.USER_POOL_TOKEN_USE ?? 'access'],
  });
  // For functions that cannot reach the pool: its keys as they stand at /.well-known/jwks.json.
  if (env.USER_POOL_JWKS) made.cacheJwks(JSON.parse(env.USER_POOL_JWKS));
  return made;
}

function allow(methodArn, claims) {
  return {
    principalId: claims.sub,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: methodArn }],
    },
    // A context takes plain values only.
    context: { userId: claims.sub, groups: (claims['cognito:groups'] ?? []).join(','), expiresAt: String(claims.exp) },
  };
}

function refused(reason) {
  process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level: 'WARN', event: 'refused', reason })}\n`);
  return new Error('Unauthorized');
}
