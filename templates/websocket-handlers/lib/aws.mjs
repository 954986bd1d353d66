// The AWS clients, made on first use and kept while the function is warm.
// The SDK comes with the Lambda runtime; importing it late keeps it out of the tests and of refused requests.

let documentClient;
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
