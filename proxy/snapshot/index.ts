export { bindSnapshot, prepareSnapshot, isMutual, servedNames } from "./bind";
export type { HeaderOps, HeaderValue } from "./features/header-ops";
export type { RedirectAction } from "./features/redirect";
export { RETRY_ON, type RetryPolicy } from "./features/retries";
export { NOT_NORMAL, rewritePath, TOO_LONG, type PathRewrite } from "./features/rewrite";
export type { Destination, DirectAction, ForwardAction, RefuseAction, Route, RouteAction, VirtualHost } from "./route";
export { matchesRoute, type RoutedRequest, type RouteMatch } from "./route-match";
export type { BindFault, RouteTable, Snapshot, ChainHosts } from "./snapshot";
export { matchesString } from "./string-match";
