export { TcpRoute } from "./component";
export type { TcpRouteArgs } from "./schema";
