// A provider of single sign-on for the tests, at a free port of this computer. First told at /control what it is to be:
//   {"kind": "real", "client": {…}, "who": "subject", "amr": ["pwd"]}   npm's oidc-provider, which signs `who` in without asking
//   {"kind": "hostile", …}                                              one that sends back what the test wants it to
// It says its port in the first line that it prints, and ends with its standard input.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { SignJWT, UnsecuredJWT, exportJWK, generateKeyPair } from 'jose';

const server = createServer(async (request, response) => {
  try {
    if (request.url === '/control') return await control(request, response);
    await answer(request, response);
  } catch (fault) {
    response.writeHead(500).end(String(fault?.stack ?? fault));
  }
});
let told = {};
let answer = async (_, response) => response.writeHead(404).end();
let issuer;

server.listen(0, 'localhost', () => {
  issuer = `http://localhost:${server.address().port}`;
  console.log(server.address().port);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));

async function body(request) {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

async function control(request, response) {
  const said = JSON.parse(await body(request));
  const begins = said.kind !== undefined;
  told = { ...told, ...said };
  if (begins) answer = said.kind === 'real' ? real() : await hostile();
  response.writeHead(204).end();
}

// What oidc-provider does by itself, but that nobody is asked anything.
function real() {
  const provider = new Provider(issuer, {
    clients: [told.client],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    conformIdTokenClaims: false,
    claims: { openid: ['sub', 'amr', 'auth_time'], email: ['email'], profile: ['preferred_username'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: told.email, preferred_username: told.email, amr: told.amr }),
    }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: ['a key of the tests'] },
    ttl: { Session: 3600, Grant: 3600, Interaction: 600, AccessToken: 600, IdToken: 600 },
  });
  const own = provider.callback();
  return async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return own(request, response);
    const details = await provider.interactionDetails(request, response);
    const accountId = details.session?.accountId ?? told.who;
    const result = {};
    if (details.prompt.name === 'login') {
      result.login = { accountId: told.who, amr: told.amr };
    } else {
      const grant = new provider.Grant({ accountId, clientId: details.params.client_id });
      grant.addOIDCScope('openid profile email');
      result.consent = { grantId: await grant.save() };
    }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  };
}

// One that lies: `told.lie` says about what.
async function hostile() {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const other = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  let asked = {};
  const send = (response, value) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  return async (request, response) => {
    const url = new URL(request.url, issuer);
    if (url.pathname === '/.well-known/openid-configuration') {
      return send(response, {
        issuer: told.lie === 'discovery-issuer' ? `${issuer}/other` : issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: told.lie === 'clear-endpoint' ? 'http://192.0.2.1/token' : `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: told.lie === 'no-algorithm' ? ['none', 'HS256'] : ['RS256', 'none', 'HS256'],
        authorization_response_iss_parameter_supported: true,
      });
    }
    if (url.pathname === '/large') return response.writeHead(200).end('x'.repeat(10_000_000));
    if (url.pathname === '/jwks') return send(response, { keys: [jwk] });
    if (url.pathname === '/auth') {
      asked = Object.fromEntries(url.searchParams);
      const back = new URL(asked.redirect_uri);
      back.searchParams.set('code', 'a-code');
      back.searchParams.set('state', told.lie === 'state' ? 'another-state' : asked.state);
      if (told.lie !== 'no-iss') back.searchParams.set('iss', told.lie === 'iss' ? 'https://id.other.example' : issuer);
      return response.writeHead(303, { location: back.toString() }).end();
    }
    if (url.pathname === '/token') {
      await body(request);
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: told.lie === 'issuer' ? `${issuer}/` : issuer,
        aud: told.lie === 'audience' ? 'another-client' : asked.client_id,
        sub: told.who,
        nonce: told.lie === 'nonce' ? 'another-nonce' : asked.nonce,
        iat: now,
        exp: told.lie === 'expired' ? now - 3600 : now + 600,
        ...told.claims,
      };
      if (told.lie === 'two-audiences') claims.aud = [asked.client_id, 'another-client'];
      let token = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' });
      if (told.lie === 'none') token = new UnsecuredJWT(claims).encode();
      else if (told.lie === 'secret') {
        const secret = new TextEncoder().encode(told.client.client_secret.padEnd(32, 'x'));
        token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret);
      } else token = await token.sign(told.lie === 'key' ? other.privateKey : privateKey);
      return send(response, { access_token: 'nothing', token_type: 'Bearer', id_token: token });
    }
    response.writeHead(404).end();
  };
}
