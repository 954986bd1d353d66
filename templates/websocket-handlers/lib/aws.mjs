// The AWS clients, made on first use and kept while the function is warm.
// The SDK comes with the Lambda runtime; importing it late keeps it out of the tests and of refused requests.

let documentClient;
let modelClient;
let functionClient;
const gateways = new Map();

/** The DynamoDB client that speaks plain JavaScript values. */
export async function documents() {
  documentClient ??= await makeDocuments();
  return documentClient;
}

/** The client that sends to connections at `endpoint`, such as `https://id.execute-api.region.amazonaws.com/prod`. */
export async function gateway(endpoint) {
  if (!gateways.has(endpoint)) gateways.set(endpoint, await makeGateway(endpoint));
  return gateways.get(endpoint);
}

/** The client of Bedrock, in `BEDROCK_REGION` if that is set. */
export async function bedrock() {
  modelClient ??= await makeBedrock();
  return modelClient;
}

/** The client of Lambda. */
export async function functions() {
  functionClient ??= await makeFunctions();
  return functionClient;
}

async function makeBedrock() {
  const { BedrockRuntime } = await import('@aws-sdk/client-bedrock-runtime');
  const region = process.env.BEDROCK_REGION;
  return new BedrockRuntime(region ? { region } : {});
}

async function makeFunctions() {
  const { Lambda } = await import('@aws-sdk/client-lambda');
  return new Lambda({});
}

async function makeDocuments() {
  const [{ DynamoDB }, { DynamoDBDocument }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('@aws-sdk/lib-dynamodb'),
  ]);
  return DynamoDBDocument.from(new DynamoDB({}), { marshallOptions: { removeUndefinedValues: true } });
}

async function makeGateway(endpoint) {
  const { ApiGatewayManagementApi } = await import('@aws-sdk/client-apigatewaymanagementapi');
  return new ApiGatewayManagementApi({ endpoint });
}
