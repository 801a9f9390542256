/** Rules that nobody wrote: what names a host that no VirtualService routes goes there, and what names none is let go or refused. */
import type { Subject } from "../../context/place";
import { anyMatch } from "../conditions";
import { retryOf } from "../route-policies";
import {
    NAMED_DESTINATION,
    NOTHING_TO_SAY,
    ORIGINAL_DESTINATION,
    type HttpRule,
    type RoutedDestination,
    type RuleAction,
    type SniRule,
    type TcpRule,
    type WeightedDestination,
} from "../../routing/model/rules";

export interface OutboundRules {
    readonly http: readonly HttpRule[];
    readonly tcp: readonly TcpRule[];
    readonly sni: readonly SniRule[];
}

export const NO_RULES: OutboundRules = { http: [], tcp: [], sni: [] };

const NO_MIRRORS: readonly never[] = [];

/** To a port of a host. `serverName`: what clients ask for over TLS; `*`: whatever they do. */
export function rulesTo(subject: Subject, field: string, host: string, port: number, serverName: string): OutboundRules {
    const to: readonly WeightedDestination[] = [{ host, port, subset: "", field, weight: 100 }];
    return {
        http: [httpRule(subject, field, "default", forwardTo(to))],
        tcp: [tcpRule(subject, field, to)],
        sni: [
            {
                subject,
                field,
                scope: {},
                names: [{ name: serverName, field }],
                to,
                toField: field,
                isRefused: false,
                remarks: NOTHING_TO_SAY,
            },
        ],
    };
}

/** What is known of nobody goes where it was meant to, or to a proxy that is named. */
export function allowAny(subject: Subject, field: string, proxy: RoutedDestination | undefined): OutboundRules {
    const to = [{ ...(proxy ?? { host: ORIGINAL_DESTINATION, subset: "", field }), weight: 100 }];
    return {
        http: [httpRule(subject, field, "allow_any", forwardTo(to))],
        tcp: [tcpRule(subject, field, to)],
        sni: [],
    };
}

/** The same of a proxy's clients, who name whom they mean. */
export function allowAnyName(subject: Subject, field: string, proxy: RoutedDestination | undefined): OutboundRules {
    return allowAny(subject, field, proxy ?? { host: NAMED_DESTINATION, subset: "", field });
}

export function blockAll(subject: Subject, field: string): OutboundRules {
    return {
        http: [httpRule(subject, field, "block_all", { kind: "direct", status: 502 })],
        tcp: [tcpRule(subject, field, [])],
        sni: [],
    };
}

function httpRule(subject: Subject, field: string, name: string, action: RuleAction): HttpRule {
    return { subject, field, name, matches: [anyMatch(field)], action, remarks: NOTHING_TO_SAY };
}

function tcpRule(subject: Subject, field: string, to: readonly WeightedDestination[]): TcpRule {
    return { subject, field, scopes: [{}], to, isRefused: false, remarks: NOTHING_TO_SAY };
}

function forwardTo(to: readonly WeightedDestination[]): RuleAction {
    return { kind: "forward", to, timeoutMs: 0, retry: retryOf(undefined), mirrors: NO_MIRRORS };
}
