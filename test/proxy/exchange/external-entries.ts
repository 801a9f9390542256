/** CUSTOM policies and their providers, for tests. */
import type { BasicAuthEntry, ExternalProviderEntry, GrpcProviderEntry, HttpProviderEntry, TablesDelta } from "../../../proxy/tables";
import { access, policyOf } from "../snapshot/access-entries";
import { delta, forwardTo, route, virtualHost } from "../snapshot/entries";

const ORIGIN = { group: "", kind: "ConfigMap", namespace: "istio-system", name: "istio", field: "data.mesh" };

export function httpProvider(more: Partial<HttpProviderEntry> = {}): HttpProviderEntry {
    return {
        key: "auth",
        kind: "http",
        cluster: "auth",
        authority: "auth.test",
        timeoutMs: 5_000,
        pathPrefix: "",
        failOpen: false,
        statusOnError: 403,
        includeRequestHeaders: [],
        includeAdditionalHeaders: [],
        headersToUpstreamOnAllow: [],
        headersToDownstreamOnAllow: [],
        headersToDownstreamOnDeny: [],
        clearRouteCache: false,
        origin: ORIGIN,
        ...more,
    };
}

export function grpcProvider(more: Partial<GrpcProviderEntry> = {}): GrpcProviderEntry {
    return {
        key: "auth",
        kind: "grpc",
        cluster: "auth",
        authority: "auth.test",
        timeoutMs: 5_000,
        failOpen: false,
        statusOnError: 403,
        clearRouteCache: false,
        origin: ORIGIN,
        ...more,
    };
}

export function passwords(users: BasicAuthEntry["users"], more: Partial<BasicAuthEntry> = {}): BasicAuthEntry {
    return { key: "auth", kind: "basic-auth", realm: "Ops", userHeader: "", users, origin: ORIGIN, ...more };
}

/** Each provider is asked about its path's requests; without one about all. Everything is sent to cluster `c`. */
export function guarded(
    providers: readonly (readonly [provider: ExternalProviderEntry, path?: string])[],
    more: TablesDelta["set"] = {},
): TablesDelta {
    const policies = providers.map(([{ key }, path]) =>
        policyOf(
            `istio-system/${key}`,
            { action: "CUSTOM", rules: [path === undefined ? {} : { to: [{ operation: { paths: [`${path}*`] } }] }] },
            { provider: key },
        ),
    );
    const host = virtualHost("*", [route(forwardTo("c"), { response: { remove: [], set: [["x-route", "1"]], add: [] } })]);
    return delta(1, {
        virtualHosts: [{ ...host, access: "guarded" }],
        access: [access("guarded", { custom: policies.map(({ key }) => key) })],
        authorizations: policies,
        providers: providers.map(([provider]) => provider),
        ...more,
    });
}
