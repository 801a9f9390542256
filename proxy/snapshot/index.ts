export { accessNamed, type BoundAccess } from "./access/access";
export { bindTest, testHolds } from "./access/attribute-tests";
export { denialDetail, denialOf, toldOf } from "./access/decide";
export { judgedConnection, type JudgedAccess, type TokenPayload } from "./access/judged";
export { bindPolicy, ruleHolds, type BoundRule } from "./access/policy-rules";
export { firstRule } from "./access/rule-set";
export {
    AUDIENCE_FAULT,
    claimsOf,
    ISSUER_FAULT,
    verifyToken,
    type BoundAuthentication,
    type BoundJwtRule,
} from "./access/authentication";
export { claimAt, claimValues } from "./access/authentication-claims";
export { judgeToken, type TokenJudgement } from "./access/authentication-judgement";
export type { SignedToken } from "./access/authentication-token";
export {
    fitsName,
    type BoundExternal,
    type BoundGrpcProvider,
    type BoundHttpProvider,
    type BoundPasswords,
    type BoundQuestion,
} from "./access/external";
export { capturedIn, CapturedIndex, type CapturedListeners } from "./captured";
export type { BoundEdge } from "./bound-edges";
export { poolsOf } from "./bound-limits";
export { bindSnapshot, prepareSnapshot } from "./bind";
export type { LateFaults } from "./route-tables";
export { findingsOf } from "./findings";
export { FIRST_ERROR, type BoundErrorPage, type BoundErrorPages, type PageForm } from "./features/error-pages";
export type { BoundCompression } from "./features/compression";
export type { BoundMaintenance } from "./features/maintenance";
export type { BoundRedirects, RedirectLookup } from "./features/redirects";
export type { BoundLimits, BoundRate, LimitPool } from "./features/rate-limit";
export type { BoundSecurityHeaders } from "./features/security-headers";
export type { HeaderOps, HeaderValue } from "./features/header-ops";
export type { RedirectAction } from "./features/redirect";
export { RETRY_ON, type RetryPolicy } from "./features/retries";
export { NOT_NORMAL, rewritePath, TOO_LONG, type PathRewrite } from "./features/rewrite";
export type { BoundDestination, DirectAction, ForwardAction, RefuseAction, Route, RouteAction, VirtualHost } from "./route";
export { matchedHeaders, matchesRoute, type RouteMatch } from "./match/route-match";
export type { RoutedRequest } from "./match/routed-request";
export { chainFor, isMutual, verifiesClients } from "./server-names";
export { mayReach } from "./sources";
export type { BindFault, ChainHosts, FilterChain, RouteTable, Snapshot } from "./snapshot";
export { matchesString } from "./match/string-match";
export { listenerRules, type ListenerRules } from "./listener-rules";
