/** The annotation of what hosts take: whom it is for, how it reads, and that the routes that it names are there. */
import { connectionLimitsOf, LIMITS_ANNOTATION, readHostLimits } from "../../semantics/host-limits";
import { isRecord } from "../outline";
import type { Report } from "../report";

const FIELD = `metadata.annotations["${LIMITS_ANNOTATION}"]`;

export function hostLimitRules(kind: string, annotations: Readonly<Record<string, string>>, spec: unknown, report: Report): void {
    const text = annotations[LIMITS_ANNOTATION];
    if (text === undefined) return;
    if (kind !== "VirtualService") {
        report("GH0105", FIELD, `a ${kind} has no such annotation`, "Put it on the VirtualService of the hosts.");
        return;
    }
    const read = readHostLimits(text);
    if ("fault" in read) {
        report("GH0104", FIELD, `has no limits that can be held to: ${read.fault}`, 'Write JSON as in `{"maxRequestBodyBytes":10485760}`.');
        return;
    }
    const has = (kind: string): boolean => isRecord(spec) && Array.isArray(spec[kind]) && spec[kind].length > 0;
    if (connectionLimitsOf(read.limits) !== undefined && !has("tcp") && !has("tls"))
        report(
            "GH0105",
            FIELD,
            "limits connections, and there is no rule of spec.tcp or spec.tls",
            "Limit those of the gateway as a whole, by the annotation of its Service.",
        );
    if (read.limits.maxRequestBodyBytes !== undefined && !has("http"))
        report("GH0105", FIELD, "limits bodies of requests, and there is no rule of spec.http", "Leave it out.");
    const names = routeNames(spec);
    const unknown = names && Object.keys(read.limits.routes).find((name) => !names.has(name));
    if (unknown !== undefined)
        report(
            "GH0105",
            FIELD,
            `names the route ${JSON.stringify(unknown)}, and no rule of spec.http has this name`,
            "Give the rule its name.",
        );
}

/** Undefined: other objects have some of them. */
function routeNames(spec: unknown): ReadonlySet<unknown> | undefined {
    const http: readonly unknown[] = isRecord(spec) && Array.isArray(spec.http) ? spec.http : [];
    if (http.some((route) => isRecord(route) && route.delegate !== undefined)) return undefined;
    return new Set(http.map((route) => (isRecord(route) ? route.name : undefined)));
}
