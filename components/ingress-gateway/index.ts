export { IngressGateway } from "./component";
export type { IngressGatewayArgs, SharedTlsArgs } from "./schema";
