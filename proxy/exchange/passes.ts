/**
 * What happens to a request, in this order and no other, and to its response, in the opposite order: as layers, so that
 * who sees a request first sees its response last. Behind the last pass a request is sent on to its destination.
 *
 * A pass is a part of a feature. Each feature has a file in `features/`; how its part of a rule is bound stands in
 * `snapshot/features/` by the same name.
 */
import type { ResponseHead } from "../http/doors";
import type { BoundDestination } from "../snapshot";
import type { ExchangeState } from "./exchange-state";
import { giveCookie, hashClient } from "./features/affinity";
import { authenticate } from "./features/authentication";
import { authorize } from "./features/authorization";
import { limitBody, tellBodyLimit } from "./features/body-limit";
import { agreeOnCoding, hideCodings, tellCompression } from "./features/compression";
import { addCorsHeaders, answerPreflight, tellCors } from "./features/cors";
import { keepDeadline } from "./features/deadline";
import { answerDirectly } from "./features/direct-response";
import { takeEdgeHeaders } from "./features/edge-headers";
import { addProviderHeaders, askProvider } from "./features/external";
import { hideClient, openTunnel } from "./features/egress";
import { injectFault, tellFault } from "./features/fault";
import { tellGrpcWeb, translateGrpcWeb } from "./features/grpc-web";
import { changeRequestHeaders, changeResponseHeaders } from "./features/header-ops";
import { redirectToHttps } from "./features/https-redirect";
import { keepForMaintenance, tellMaintenance } from "./features/maintenance";
import { typeOwnAnswer } from "./features/own-answers";
import { shedRequest } from "./features/overload";
import { choosePath } from "./features/path";
import { refuseOldProtocol, refuseUpgrades } from "./features/protocol";
import { addRateLimit, limitByClaims, limitEarly } from "./features/rate-limit";
import { redirect } from "./features/redirect";
import { redirectInBulk } from "./features/redirects";
import { refuseRule } from "./features/refusal";
import { countAttempt } from "./features/retries";
import { rewriteHead, rewriteTarget } from "./features/rewrite";
import { chooseRoute } from "./features/route";
import { addSecurityHeaders, tellSecurityHeaders } from "./features/security-headers";
import { finishResponseHeaders } from "./features/server-header";
import { takeTrace, tellTrace } from "./features/tracing";
import { judgeUnderscores } from "./features/underscores";
import { chooseHost, requireHost } from "./features/virtual-host";
import { ON, type Verdict } from "./verdict";

export interface Pass<Name extends string = string> {
    readonly name: Name;
    /** Judges the request as it came. */
    readonly request?: (state: ExchangeState) => Verdict;
    /** Makes the head of a request that is sent on its destination's. */
    readonly forward?: (state: ExchangeState, destination: BoundDestination) => void;
    /** Changes the head of any response: a backend's, and the gateway's own. */
    readonly response?: (state: ExchangeState, head: ResponseHead) => void;
    /** Says what its part of the rule means for a request that has come through; nothing where the rule has none. */
    readonly tell?: (state: ExchangeState) => readonly string[];
}

export const PASSES = inOrder([
    { name: "overload", request: shedRequest },
    { name: "protocol", request: refuseOldProtocol },
    { name: "path", request: choosePath },
    { name: "upgrade", request: refuseUpgrades },
    { name: "edge-headers", request: takeEdgeHeaders, response: finishResponseHeaders },
    { name: "tracing", request: takeTrace },
    { name: "host", request: chooseHost },
    { name: "rate-limit", request: limitEarly, response: addRateLimit },
    { name: "compression", request: agreeOnCoding, forward: hideCodings, tell: tellCompression },
    { name: "maintenance", request: keepForMaintenance, tell: tellMaintenance },
    { name: "external", request: askProvider, response: addProviderHeaders },
    { name: "authentication", request: authenticate },
    { name: "authorization", request: authorize },
    { name: "rate-limit-claims", request: limitByClaims },
    { name: "connect", request: openTunnel },
    { name: "grpc-web", request: translateGrpcWeb, tell: tellGrpcWeb },
    { name: "found", request: requireHost },
    { name: "underscores", request: judgeUnderscores },
    { name: "https-redirect", request: redirectToHttps },
    { name: "redirects", request: redirectInBulk },
    { name: "route", request: chooseRoute },
    { name: "fault", request: injectFault, tell: tellFault },
    { name: "cors", request: answerPreflight, response: addCorsHeaders, tell: tellCors },
    { name: "body-limit", request: limitBody, tell: tellBodyLimit },
    { name: "action", request: takeAction },
    { name: "own-answers", response: typeOwnAnswer },
    { name: "egress", forward: hideClient },
    { name: "retries", forward: countAttempt },
    { name: "deadline", forward: keepDeadline },
    { name: "rewrite", request: rewriteTarget, forward: rewriteHead },
    { name: "header-ops", forward: changeRequestHeaders, response: changeResponseHeaders },
    { name: "affinity", forward: hashClient, response: giveCookie },
    { name: "security-headers", response: addSecurityHeaders, tell: tellSecurityHeaders },
    { name: "trace-headers", forward: tellTrace },
]);

export type PassName = (typeof PASSES)[number]["name"];

export const REQUEST_PARTS = PASSES.flatMap(({ request }) => request ?? []);
export const FORWARD_PARTS = PASSES.flatMap(({ forward }) => forward ?? []);
export const RESPONSE_PARTS = PASSES.flatMap(({ response }) => response ?? []).reverse();

function inOrder<Name extends string>(passes: readonly Pass<Name>[]): readonly Pass<Name>[] {
    return passes;
}

/** All but `forward` are answers of the gateway's own. */
function takeAction(state: ExchangeState): Verdict {
    const { action } = state.route!;
    switch (action.kind) {
        case "forward":
            return ON;
        case "redirect":
            return redirect(state, action);
        case "direct":
            return answerDirectly(action);
        case "refuse":
            return refuseRule();
        default:
            return action satisfies never;
    }
}
