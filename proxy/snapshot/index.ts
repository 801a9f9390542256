export { bindSnapshot, prepareSnapshot, isMutual, servedNames } from "./bind";
export type { HeaderOps, HeaderValue } from "./header-ops";
export { NOT_NORMAL, rewritePath, TOO_LONG, type PathRewrite } from "./path-rewrite";
export { RETRY_ON, type RetryPolicy } from "./retry-policy";
export type {
    Cors,
    Destination,
    DirectAction,
    ForwardAction,
    RedirectAction,
    RefuseAction,
    Route,
    RouteAction,
    VirtualHost,
} from "./route";
export { matchesRoute, type RoutedRequest, type RouteMatch } from "./route-match";
export type { BindFault, RouteTable, Snapshot, ChainHosts } from "./snapshot";
export { matchesString } from "./string-match";
