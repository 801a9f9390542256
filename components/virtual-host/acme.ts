/**
 * Plain HTTP that is led on to HTTPS by a rule: where Istio's `httpsRedirect` does not do. That knows no exception for the challenges
 * of ACME (RFC 8555 §8.3), which an authority asks for before there is a certificate, and no port but 443. Every proxy reads a rule alike.
 */
import type { HTTPRedirect, HTTPRoute } from "../../istio";
import type { Fault } from "../arguments";
import { resolveDestination } from "../destination";
import type { VirtualHostPlan } from "./plan";

const CHALLENGES = "/.well-known/acme-challenge/";
const HTTPS = 443;

/** Whether the redirect is a rule of the VirtualService, and the server for plain HTTP one like others. */
export function redirectsByRule({ args: { tls }, plainHttp, httpsPort }: VirtualHostPlan): boolean {
    return plainHttp === "redirect" && (challengesOf(tls) !== undefined || (httpsPort !== undefined && httpsPort.number !== HTTPS));
}

type Challenges = NonNullable<NonNullable<VirtualHostPlan["args"]["tls"]>["acmeChallenge"]>;

function challengesOf(tls: VirtualHostPlan["args"]["tls"]): Exclude<Challenges, false> | undefined {
    return tls?.acmeChallenge === false ? undefined : tls?.acmeChallenge;
}

/** They stand before all others. */
export function redirectRules(plan: VirtualHostPlan, faults: Fault[] = []): HTTPRoute[] {
    const { args, httpPort, httpsPort, namespace } = plan;
    const challenges = challengesOf(args.tls);
    if (!redirectsByRule(plan) || !httpPort) return [];
    const port = httpPort.number;
    const secure = httpsPort?.number ?? HTTPS;
    const redirect: HTTPRedirect = { scheme: "https", ...(secure === HTTPS ? {} : { port: secure }) };
    if (challenges === undefined) return [{ name: "https-redirect", match: [{ port }], redirect }];
    // What no rule of this host answers an Ingress of the solver's may: those stand before a VirtualService's rules.
    if (challenges === true)
        return [{ name: "https-redirect", match: [{ port, withoutHeaders: { ":path": { prefix: CHALLENGES } } }], redirect }];
    const destination = resolveDestination(challenges, namespace, "tls.acmeChallenge", faults);
    return [
        { name: "acme-challenge", match: [{ port, uri: { prefix: CHALLENGES } }], route: [{ destination }] },
        { name: "https-redirect", match: [{ port }], redirect },
    ];
}
