// A user pool for the tests: makes a key, prints its JWKS and tokens signed with it, good and bad.
import { createSign, generateKeyPairSync } from 'node:crypto';

const POOL = 'us-east-1_Test12345';
const issuer = `https://cognito-idp.us-east-1.amazonaws.com/${POOL}`;
const now = Math.floor(Date.now() / 1000);
const claims = {
  sub: 'user-ada',
  iss: issuer,
  client_id: 'client-1',
  token_use: 'access',
  scope: 'openid',
  'cognito:groups': ['staff'],
  iat: now,
  exp: now + 3600,
  jti: 'j',
  username: 'ada',
};
const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const own = pair();

const base64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function token(overrides = {}, key = own.privateKey) {
  const text = `${base64({ alg: 'RS256', kid: 'k1', typ: 'JWT' })}.${base64({ ...claims, ...overrides })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}

process.stdout.write(JSON.stringify({
  pool: POOL,
  jwks: JSON.stringify({ keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] }),
  good: token(),
  bad: {
    expired: token({ exp: now - 10 }),
    'of another client': token({ client_id: 'client-2' }),
    'of another pool': token({ iss: `${issuer}9` }),
    'of another use': token({ token_use: 'id', aud: 'client-1' }),
    'signed by somebody else': token({}, pair().privateKey),
    'not a token': 'hello',
  },
}));
