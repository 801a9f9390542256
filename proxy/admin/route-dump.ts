/**
 * Virtual hosts as people may see them. Objects say what headers are compared with and set to, and somebody has written a password
 * there: of a name that sounds like one the value is not shown, and strangers are shown that of no name which is not known to be harmless.
 */
import { soundsSecret } from "../../istio/secret-names";
import {
    mayBeSecret,
    type HeaderOpsEntry,
    type LimitsEntry,
    type RouteActionEntry,
    type RouteEntry,
    type RouteMatchEntry,
    type StringMatchEntry,
    type VirtualHostEntry,
} from "../tables";
import { REDACTED } from "./redacted";

/** Whether the value of a header or parameter is left out. */
type Hides = (name: string) => boolean;

const FOR_OWNERS: Hides = soundsSecret;
const FOR_STRANGERS: Hides = (name) => mayBeSecret({ kind: "header", name });

export function hostDump(host: VirtualHostEntry, isShared: boolean): VirtualHostEntry {
    const hides = isShared ? FOR_STRANGERS : FOR_OWNERS;
    return { ...host, routes: host.routes.map((route) => routeDump(route, hides, isShared)) };
}

/** What limits are for, which may be who shows a certain key. */
export function limitsDump({ rates, ...rest }: LimitsEntry, isShared: boolean): LimitsEntry {
    const hides = isShared ? FOR_STRANGERS : FOR_OWNERS;
    return { ...rest, rates: rates.map((rate) => ({ ...rate, matches: rate.matches.map((match) => match && matchDump(match, hides)) })) };
}

function matchDump(match: RouteMatchEntry, hides: Hides): RouteMatchEntry {
    return {
        ...match,
        headers: match.headers.map((one) => (hides(one.name) ? { ...one, match: withoutValue(one.match) } : one)),
        queryParams: match.queryParams.map((one) => (hides(one.name) ? { ...one, match: withoutValue(one.match) } : one)),
    };
}

function routeDump(route: RouteEntry, hides: Hides, isShared: boolean): RouteEntry {
    const { match, request, response } = route;
    return {
        ...route,
        ...(match ? { match: matchDump(match, hides) } : {}),
        action: actionDump(route.action, hides, isShared),
        ...(request ? { request: opsDump(request, hides) } : {}),
        ...(response ? { response: opsDump(response, hides) } : {}),
    };
}

function actionDump(action: RouteActionEntry, hides: Hides, isShared: boolean): RouteActionEntry {
    switch (action.kind) {
        case "forward":
            return {
                ...action,
                clusters: action.clusters.map((one) => ({
                    ...one,
                    ...(one.request ? { request: opsDump(one.request, hides) } : {}),
                    ...(one.response ? { response: opsDump(one.response, hides) } : {}),
                })),
            };
        case "direct":
            return isShared && action.body !== undefined ? { ...action, body: REDACTED } : action;
        case "redirect":
            return isShared && action.authority !== undefined
                ? { ...action, authority: action.authority.replace(/^.*@/, `${REDACTED}@`) }
                : action;
        case "refuse":
            return action;
        default:
            return action satisfies never;
    }
}

function opsDump({ remove, set, add }: HeaderOpsEntry, hides: Hides): HeaderOpsEntry {
    const shown = (ops: HeaderOpsEntry["set"]): HeaderOpsEntry["set"] => ops.map(([name, value]) => [name, hides(name) ? REDACTED : value]);
    return { remove, set: shown(set), add: shown(add) };
}

function withoutValue(match: StringMatchEntry): StringMatchEntry {
    return match.kind === "present" ? match : { ...match, value: REDACTED };
}
