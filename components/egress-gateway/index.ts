export { EgressGateway } from "./component";
export type { EgressGatewayArgs, OutboundTrafficPolicy } from "./schema";
