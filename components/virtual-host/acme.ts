/**
 * Plain HTTP that is led on to HTTPS, but for the challenges of ACME (RFC 8555 §8.3), which an authority asks for before there is a
 * certificate. Istio's `httpsRedirect` knows no exception, so the redirect is a rule like others: every proxy reads it alike.
 */
import type { HTTPRoute } from "../../istio";
import type { Fault } from "../arguments";
import { resolveDestination } from "../destination";
import type { VirtualHostPlan } from "./plan";

const CHALLENGES = "/.well-known/acme-challenge/";
const REDIRECT = { scheme: "https" } as const;

/** Whether the redirect is a rule of the VirtualService, and the server for plain HTTP one like others. */
export function redirectsByRule({ args: { tls }, plainHttp }: VirtualHostPlan): boolean {
    return plainHttp === "redirect" && tls?.acmeChallenge !== undefined && tls.acmeChallenge !== false;
}

/** They stand before all others. */
export function redirectRules(plan: VirtualHostPlan, faults: Fault[] = []): HTTPRoute[] {
    const { args, httpPort, namespace } = plan;
    const challenges = args.tls?.acmeChallenge;
    if (!redirectsByRule(plan) || !httpPort || challenges === undefined || challenges === false) return [];
    const port = httpPort.number;
    // What no rule of this host answers an Ingress of the solver's may: those stand before a VirtualService's rules.
    if (challenges === true)
        return [{ name: "https-redirect", match: [{ port, withoutHeaders: { ":path": { prefix: CHALLENGES } } }], redirect: REDIRECT }];
    const destination = resolveDestination(challenges, namespace, "tls.acmeChallenge", faults);
    return [
        { name: "acme-challenge", match: [{ port, uri: { prefix: CHALLENGES } }], route: [{ destination }] },
        { name: "https-redirect", match: [{ port }], redirect: REDIRECT },
    ];
}
