/** Security headers as a worker adds them: names and values in the order in which they go out. */
import { contentSecurityPolicy, frameOptions, writtenHeaders, type SecurityHeaders } from "../../../istio/semantics";
import type { EdgePart, Origin } from "../../tables";

export interface BoundSecurityHeaders {
    readonly origin: Origin;
    /** What somebody else has said of the same is replaced. */
    readonly override: boolean;
    /** Strict-Transport-Security; empty: it is not said. */
    readonly hsts: string;
    /** Names and values by turns; who may frame a page is not among them. */
    readonly headers: readonly string[];
    /** X-Frame-Options; empty: it is not said. */
    readonly frameOptions: string;
    /** Content-Security-Policy whole, and without whom may frame the page; empty: it is not said. */
    readonly policy: string;
    readonly unframedPolicy: string;
    /** All names, for people. */
    readonly names: readonly string[];
}

export function bindSecurityHeaders({ value, origin }: EdgePart<"securityHeaders">): BoundSecurityHeaders {
    return {
        origin,
        override: value.override,
        hsts: value.hsts ?? "",
        headers: value.headers.flat(),
        frameOptions: frameOptions(value.frameAncestors) ?? "",
        policy: contentSecurityPolicy(value) ?? "",
        unframedPolicy: value.policy ?? "",
        names: namesOf(value),
    };
}

const namesOf = (value: SecurityHeaders): readonly string[] => writtenHeaders(value, true).map(([name]) => name);
