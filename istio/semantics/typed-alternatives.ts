/** What to write instead of code in the proxy or a patch of Envoy's configuration, where one of the typed kinds says the same. */
import type { KubeObject } from "../types";
import { isRecord } from "../validation/outline";

/** Envoy's filters, by a part of their names. */
const BY_FILTER: readonly (readonly [part: string, fix: string])[] = [
    ["cors", "a VirtualService's `corsPolicy`"],
    ["fault", "a VirtualService's `fault`"],
    ["header_mutation", "a VirtualService's `headers`"],
    ["header_to_metadata", "a VirtualService's `match.headers`"],
    ["rbac", "an AuthorizationPolicy"],
    ["ext_authz", "an AuthorizationPolicy with `action: CUSTOM`"],
    ["jwt_authn", "a RequestAuthentication"],
    ["router", "a VirtualService's routes"],
    ["tls_inspector", "a Gateway server's `tls`"],
];

/** Parts of Envoy's configuration, by what a patch applies to and by a field that it sets. */
const BY_FIELD: readonly (readonly [applyTo: readonly string[], field: RegExp, fix: string])[] = [
    [["NETWORK_FILTER", "LISTENER"], /access_?log/i, "a Telemetry's `accessLogging`"],
    [["CLUSTER"], /connect_?timeout|circuit_?breakers|max_?requests|idle_?timeout/i, "a DestinationRule's `trafficPolicy.connectionPool`"],
    [["CLUSTER"], /lb_?policy/i, "a DestinationRule's `trafficPolicy.loadBalancer`"],
    [["CLUSTER"], /transport_?socket/i, "a DestinationRule's `trafficPolicy.tls`"],
    [["HTTP_ROUTE", "VIRTUAL_HOST", "ROUTE_CONFIGURATION"], /retry_?policy/i, "a VirtualService's `retries`"],
    [["HTTP_ROUTE", "VIRTUAL_HOST", "ROUTE_CONFIGURATION"], /timeout/i, "a VirtualService's `timeout`"],
    [["HTTP_ROUTE", "VIRTUAL_HOST", "ROUTE_CONFIGURATION"], /headers_to|_headers/i, "a VirtualService's `headers`"],
    [
        ["HTTP_ROUTE", "VIRTUAL_HOST", "ROUTE_CONFIGURATION"],
        /redirect|direct_?response|rewrite/i,
        "a VirtualService's `redirect`, `directResponse` or `rewrite`",
    ],
    [["FILTER_CHAIN", "LISTENER"], /tls_|transport_?socket|cipher/i, "a Gateway server's `tls`"],
];

const MAX_TEXT = 65_536;

/** A sentence with what to do; empty where nothing is known. */
export function typedAlternatives(object: KubeObject): string {
    const { spec } = object as { readonly spec?: unknown };
    if (!isRecord(spec)) {
        return "";
    }
    if (object.kind !== "EnvoyFilter") {
        return "Headers, redirects, rewrites and direct responses are written as `http` rules of a VirtualService.";
    }
    const patches = Array.isArray(spec.configPatches) ? (spec.configPatches as readonly unknown[]) : [];
    const found = [...new Set(patches.flatMap(alternativesOf))];
    return found.length === 0 ? "No typed kind says what it does." : `Write ${found.join(", or ")}.`;
}

function alternativesOf(patch: unknown): string[] {
    if (!isRecord(patch)) {
        return [];
    }
    const value = textOf(isRecord(patch.patch) ? patch.patch.value : undefined);
    const names = [...value.matchAll(/envoy\.(?:extensions\.)?filters\.[a-z_.0-9]+/g)].map(([name]) => name);
    const byFilter = BY_FILTER.filter(([part]) => names.some((name) => name.split(".").includes(part)));
    const byField = BY_FIELD.filter(([applyTo, field]) => applyTo.includes(String(patch.applyTo)) && field.test(value));
    return [...byFilter.map(([, fix]) => fix), ...byField.map(([, , fix]) => fix)];
}

function textOf(value: unknown): string {
    try {
        return ((JSON.stringify(value) as string | undefined) ?? "").slice(0, MAX_TEXT);
    } catch {
        return "";
    }
}
