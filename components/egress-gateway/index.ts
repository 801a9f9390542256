export { EgressGateway } from "./component";
export type { EgressGatewayArgs, EnforceArgs, ForwardProxyArgs, OutboundTrafficPolicy } from "./schema";
