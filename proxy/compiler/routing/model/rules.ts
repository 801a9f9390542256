/** Rules: what is done with a request or a connection, in the proxy's own words. Names are resolved, settings are whole. */
import type { ConnectionLimitsEntry, CorsEntry, FaultEntry, HeaderOpsEntry, RetryEntry, RouteActionEntry } from "../../../tables/entries";
import type { RouteMatchEntry, StringMatchEntry } from "../../../tables/match-entry";
import type { ObjectPlace } from "../../context/place";
import type { CompilerRemark } from "../../context/report";

/** Words that tables have for the same. */
export type ValueCondition = StringMatchEntry;
export type Conditions = RouteMatchEntry;
export type HeaderOpsRule = HeaderOpsEntry;
export type Retry = RetryEntry;
export type CorsRule = CorsEntry;
export type FaultInjection = FaultEntry;
export type Redirect = Extract<RouteActionEntry, { kind: "redirect" }>;
export type DirectResponse = Extract<RouteActionEntry, { kind: "direct" }>;

/** On which servers something holds; what is absent holds on all. */
export interface Scope {
    /** The declared port. */
    readonly port?: number;
    /** Owners of servers. */
    readonly gateways?: readonly string[];
    /** Blocks of addresses, one of which a connection was meant for. */
    readonly destinations?: readonly string[];
}

/** One block of conditions: all of them are met. */
export interface HttpMatch extends Scope {
    readonly field: string;
    readonly name: string;
    /** What is compared of a request; absent where nothing is left to compare. At least all the requests that are meant. */
    readonly conditions?: Conditions;
    /** No request can meet it. */
    readonly isNever: boolean;
    /** Why nobody can say who meets it: its requests are refused, and never left to a later rule. */
    readonly refused?: string;
    readonly remarks: readonly CompilerRemark[];
}

export interface HttpRule extends ObjectPlace {
    readonly name: string;
    /** It is for a request that meets one of them. */
    readonly matches: readonly HttpMatch[];
    readonly action: RuleAction;
    /** The rule's own operations; those of a destination stand with it. */
    readonly request?: HeaderOpsRule;
    readonly response?: HeaderOpsRule;
    readonly cors?: CorsRule;
    readonly fault?: FaultInjection;
    /** Of a request's body; absent: as the gateway says. */
    readonly maxRequestBodyBytes?: number;
    /** Why the rule can't be served, whatever its action: its requests are refused. */
    readonly refused?: string;
    readonly remarks: readonly CompilerRemark[];
}

/** A refusal is for what can't be served, which must not be left to a later rule either. */
export type RuleAction = Forward | Redirect | DirectResponse | { readonly kind: "refuse"; readonly why: string };

export interface Forward {
    readonly kind: "forward";
    readonly to: readonly WeightedDestination[];
    /** `matched`: what the path was matched by is replaced; all of it, where that is no prefix. */
    readonly rewrite?:
        | { readonly kind: "matched" | "prefix" | "full"; readonly value: string }
        | { readonly kind: "regex"; readonly match: string; readonly substitution: string };
    readonly hostRewrite?: string;
    /** 0: none. */
    readonly timeoutMs: number;
    readonly retry: Retry;
    readonly mirrors: readonly MirrorRule[];
}

export interface RoutedDestination {
    /** Fully qualified; or `ORIGINAL_DESTINATION`, or `NAMED_DESTINATION`. */
    readonly host: string;
    readonly port?: number;
    /** The port by the name that it has in the Service, instead of its number. */
    readonly portName?: string;
    /** Empty: all of the host. */
    readonly subset: string;
    readonly field: string;
    /** What its host stands in, where that is not `host`. */
    readonly hostField?: string;
}

export interface WeightedDestination extends RoutedDestination {
    /** 0: nothing is sent there. */
    readonly weight: number;
    readonly request?: HeaderOpsRule;
    readonly response?: HeaderOpsRule;
    readonly hostRewrite?: string;
}

export interface MirrorRule extends RoutedDestination {
    readonly percent: number;
}

/** To the address that the connection was meant for, whoever is there. */
export const ORIGINAL_DESTINATION = "PassthroughCluster";

/** Where a client of a proxy asks for, by whatever name; its own address is all that such a connection was meant for. */
export const NAMED_DESTINATION = "PassthroughCluster.names";

/** For connections that are told apart by their port alone. */
export interface TcpRule extends ObjectPlace {
    /** It holds on a server that is in one of them. */
    readonly scopes: readonly Scope[];
    readonly to: readonly WeightedDestination[];
    /** How many at once, and how often; absent: nobody has said. */
    readonly limits?: ConnectionLimitsEntry;
    /** Nobody can say which connections it is for: they are closed. */
    readonly isRefused: boolean;
    readonly remarks: readonly CompilerRemark[];
}

/** For connections that are told apart by the server name they ask for. */
export interface SniRule extends ObjectPlace {
    readonly scope: Scope;
    readonly names: readonly { readonly name: string; readonly field: string }[];
    readonly to: readonly WeightedDestination[];
    /** Where the destinations stand. */
    readonly toField: string;
    readonly limits?: ConnectionLimitsEntry;
    readonly isRefused: boolean;
    readonly remarks: readonly CompilerRemark[];
}

/** One list for all that have none: ten thousand rules share it. */
export const NOTHING_TO_SAY: readonly CompilerRemark[] = [];
