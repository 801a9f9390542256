/** Tables are made of the model alone: what another API says, put into the same words, is served like Istio's. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { findingText } from "../../../../istio/findings";
import { refOf, type KubeObject } from "../../../../istio/types";
import { settingsOf, type CompilerContext } from "../../../../proxy/compiler/context/context";
import type { ObjectContext, Objects } from "../../../../proxy/compiler/context/objects";
import type { Subject } from "../../../../proxy/compiler/context/place";
import { CompilerReport } from "../../../../proxy/compiler/context/report";
import { kindOfSaid, saidOf, type Said } from "../../../../proxy/compiler/context/said";
import { Graph } from "../../../../proxy/compiler/graph/graph";
import { IstioTranslator } from "../../../../proxy/compiler/istio/translator";
import type { HostDefinition } from "../../../../proxy/compiler/routing/model/backends";
import type { Forward, HttpMatch, HttpRule } from "../../../../proxy/compiler/routing/model/rules";
import type { PlannedServer } from "../../../../proxy/compiler/routing/model/servers";
import type { Sources } from "../../../../proxy/compiler/routing/model/sources";
import { Routing } from "../../../../proxy/compiler/routing/routing";
import { Places } from "../../../../proxy/compiler/workloads/places";
import { WorkloadIndex } from "../../../../proxy/compiler/workloads/workload-index";
import { ModelKeeper } from "../../../../proxy/resources/model";
import type { PlacedObject } from "../../../../proxy/resources/placed-object";
import type { RouteEntry, Tables } from "../../../../proxy/tables";

const API = "gateway.networking.k8s.io/v1";

function subject(kind: string, name: string, apiVersion = API): Subject {
    const object = { apiVersion, kind, metadata: { name, namespace: "shop" } };
    return { ref: refOf(object), id: `shop/${name}`, source: { object } };
}

const GATEWAY = subject("Gateway", "public");
const ROUTE = subject("HTTPRoute", "web");
const HOST = { host: "shop.example.com", field: "spec.listeners[0].hostname" };

function server(settings: Partial<PlannedServer> = {}): PlannedServer {
    return {
        subject: GATEWAY,
        field: "spec.listeners[0]",
        owner: "gateway-api/shop/public",
        routeTable: "",
        kind: "http",
        port: 80,
        portName: "web",
        speaksGrpcWeb: false,
        protocol: "HTTP",
        bind: "",
        isTranslated: false,
        hosts: [HOST],
        redirectsToHttps: false,
        tls: undefined,
        ...settings,
    };
}

function forward(settings: Partial<Forward> = {}): Forward {
    return {
        kind: "forward",
        to: [{ host: "web.shop.svc.cluster.local", port: 8080, subset: "", field: "spec.rules[0].backendRefs[0]", weight: 1 }],
        timeoutMs: 0,
        retry: { attempts: 0, on: [], statusCodes: [], perTryTimeoutMs: 0, backoffMs: 0 },
        mirrors: [],
        ...settings,
    };
}

function match(settings: Partial<HttpMatch> = {}): HttpMatch {
    return { field: "spec.rules[0].matches[0]", name: "", isNever: false, remarks: [], ...settings };
}

function rule(settings: Partial<HttpRule> = {}): HttpRule {
    return { subject: ROUTE, field: "spec.rules[0]", name: "", matches: [match()], action: forward(), remarks: [], ...settings };
}

function backend(settings: Partial<HostDefinition> = {}): HostDefinition {
    return {
        subject: subject("Service", "web", "v1"),
        host: "web.shop.svc.cluster.local",
        namespace: "shop",
        ports: [{ number: 8080, name: "http", protocol: "HTTP", targetPort: undefined, field: "spec.ports[0]" }],
        subjectAltNames: [],
        addressesOf: () => ({ discovery: "static", endpoints: [{ address: "10.0.0.7", port: 3000, weight: 1 }] }),
        ...settings,
    };
}

function newContext(): CompilerContext {
    const graph = new Graph<Said>(kindOfSaid);
    return {
        settings: settingsOf({ objects: [], namespace: "edge", now: 0 }),
        graph,
        report: new CompilerReport(graph),
        files: graph.input(new Map()),
        previousSecrets: graph.input(new Map()),
        keySets: graph.input(new Map()),
    };
}

/** One server with these rules, unless told otherwise. */
function routed(rules: readonly HttpRule[], sources: Partial<Sources> = {}): { readonly tables: Tables; readonly said: readonly string[] } {
    const context = newContext();
    const { graph } = context;
    const routing = new Routing(context, {
        servers: { servers: () => [SERVER] },
        ports: { targetPorts: (port) => [port + 8000] },
        rules: {
            boundTo: () => [{ subject: ROUTE, key: "shop/web", domain: HOST.host, host: HOST }],
            httpRules: () => rules,
            tcpRules: () => [],
            sniRules: () => [],
        },
        access: {
            accessOf: () => ({ refusal: undefined, access: undefined }),
            authorization: () => undefined,
            authentication: () => undefined,
        },
        hosts: [{ hosts: () => [backend()] }],
        policies: {
            policyOf: () => ({ labels: {}, balancer: "ROUND_ROBIN", isHttp2: false, limits: {}, health: {} }),
            missingSubset: () => undefined,
        },
        secrets: { has: () => false, pair: () => undefined, ca: () => undefined, namespacesOf: () => [] },
        accessLogs: () => [],
        metrics: () => undefined,
        tracing: () => undefined,
        providers: { provider: () => undefined, names: () => [] },
        workloads: { addressesOf: () => [] },
        letsAnyThrough: () => false,
        gatewayOptions: { get: () => ({ options: {} }) },
        errorPages: { ofGateway: () => undefined, ofRules: () => undefined },
        edge: { ofGateway: () => undefined, ofRules: () => undefined, redirectMap: () => undefined },
        limits: { ofGateway: () => [], ofRules: () => undefined },
        ...sources,
    });
    graph.begin(0);
    const tables = routing.build();
    const said = saidOf(graph, "finding").map(({ finding }) => findingText(finding));
    graph.end();
    return { tables, said };
}

const SERVER = server();

function routesOf(rules: readonly HttpRule[]): readonly RouteEntry[] {
    return routed(rules).tables.virtualHosts.get("http.80 shop.example.com")?.routes ?? [];
}

function forwardOf(rules: readonly HttpRule[]): Extract<RouteEntry["action"], { kind: "forward" }> {
    const [route] = routesOf(rules);
    assert.equal(route?.action.kind, "forward");
    return route.action;
}

describe("routing by what another API says", () => {
    it("serves it from the listener to the endpoint, and says whose word each entry is", () => {
        const { tables, said } = routed([rule()]);
        assert.deepEqual(said, []);
        assert.deepEqual([...tables.listeners.keys()], ["0.0.0.0:80"]);
        const [route] = tables.virtualHosts.get("http.80 shop.example.com")?.routes ?? [];
        assert.deepEqual(route?.origin, { ...ROUTE.ref, field: "spec.rules[0].matches[0]" });
        assert.deepEqual(tables.endpoints.get("outbound|8080||web.shop.svc.cluster.local")?.endpoints, [
            { address: "10.0.0.7", port: 3000, weight: 1 },
        ]);
        assert.equal(tables.clusters.get("outbound|8080||web.shop.svc.cluster.local")?.lb, "ROUND_ROBIN");
    });

    it("rewrites what a prefix by path segment matched, and the whole path where that is asked", () => {
        const segment = match({
            conditions: { path: { kind: "segment", value: "/a", ignoreCase: false }, headers: [], queryParams: [], claims: [] },
        });
        const rewritten = (rewrite: Forward["rewrite"]): unknown =>
            forwardOf([rule({ matches: [segment], action: forward(rewrite ? { rewrite } : {}) })]).rewrite;
        assert.deepEqual(rewritten({ kind: "matched", value: "/b" }), { kind: "prefix", value: "/b" });
        assert.deepEqual(rewritten({ kind: "prefix", value: "/b" }), { kind: "prefix", value: "/b" });
        assert.deepEqual(rewritten({ kind: "full", value: "/b" }), { kind: "full", value: "/b" });
        assert.equal(rewritten(undefined), undefined);
    });

    it("sends nothing to a single destination of weight 0, and tries again only where it is told to", () => {
        const [to] = forward().to;
        const action = forwardOf([rule({ action: forward({ to: [{ ...to!, weight: 0 }] }) })]);
        assert.deepEqual(action.clusters, []);
        assert.equal(action.retry.attempts, 0);
    });

    it("looks a port up in front of the pod only where that is asked", () => {
        const listenerOf = (isTranslated: boolean): number | undefined =>
            routed([rule()], { servers: { servers: () => [server({ isTranslated })] } }).tables.listeners.get("0.0.0.0:80")?.targetPort;
        assert.equal(listenerOf(false), 80);
        assert.equal(listenerOf(true), 8080);
    });

    it("says what there is to say of a rule where the rule is used, and of one behind it nothing", () => {
        const remarks = [{ code: "GH0447" as const, field: "spec.rules[0]", message: "it is odd.", fix: "" }];
        assert.equal(routed([rule({ remarks })]).said.length, 1);
        assert.deepEqual(
            routed([rule(), rule({ field: "spec.rules[1]", remarks })]).said.map((text) => text.split(" ")[1]),
            ["GH0433"],
        );
    });

    it("refuses the requests of a rule or a match that can't be served, and leaves them to nobody", () => {
        for (const refused of [rule({ refused: "odd" }), rule({ matches: [match({ refused: "odd" })] })]) {
            assert.deepEqual(
                routesOf([refused, rule()]).map(({ action }) => action),
                [{ kind: "refuse", why: "odd" }],
            );
        }
    });

    it("keeps a match to the port and the Gateways that it names", () => {
        const on = (scope: Partial<HttpMatch>): number => routesOf([rule({ matches: [match(scope)] })]).length;
        assert.equal(on({ port: 80, gateways: ["gateway-api/shop/public"] }), 1);
        assert.equal(on({ port: 81 }), 0);
        assert.equal(on({ gateways: ["shop/public"] }), 0);
    });

    it("lets the first of two sources define a host, and names the other", () => {
        const later = backend({
            subject: subject("Backend", "web"),
            joins: "another way",
            addressesOf: () => ({ discovery: "static", endpoints: [] }),
        });
        const { tables, said } = routed([rule()], { hosts: [{ hosts: () => [backend()] }, { hosts: () => [later] }] });
        assert.equal(tables.endpoints.get("outbound|8080||web.shop.svc.cluster.local")?.endpoints.length, 1);
        assert.equal(said.length, 1);
        assert.match(said[0] ?? "", /GH0453 Backend shop\/web/);
    });

    it("makes no cluster that can't be spoken to as it should", () => {
        const { tables } = routed([rule()], { policies: { policyOf: () => undefined, missingSubset: () => undefined } });
        assert.equal(tables.clusters.size, 0);
    });

    it("lets nobody in where that is refused", () => {
        const { tables } = routed([rule()], {
            access: {
                accessOf: () => ({ refusal: { subject: GATEWAY, field: "", detail: "closed" }, access: undefined }),
                authorization: () => undefined,
                authentication: () => undefined,
            },
        });
        assert.equal(tables.routeTables.get("http.80")?.refusal?.detail, "closed");
    });

    it("ends TLS with credentials by the ways there are to name one, and accepts no handshake without", () => {
        const secret = { kind: "secret", namespace: "edge", names: ["a"], field: "spec.listeners[0].tls.certificateRefs[0]" } as const;
        const unclear = { kind: "unclear", text: "odd", fault: "odd is no name.", fix: "", field: "spec.listeners[0].tls" } as const;
        const ending = server({
            kind: "https",
            protocol: "HTTPS",
            port: 443,
            routeTable: "gateway-api.443.public.shop",
            tls: {
                mode: "SIMPLE",
                certificates: [secret, unclear],
                cipherSuites: [{ name: "NONE", field: "spec.listeners[0].tls.options" }],
                subjectAltNames: [],
                insecureSkipVerify: false,
            },
        });
        const { tables, said } = routed([rule()], { servers: { servers: () => [ending] } });
        const [chain] = tables.chains.values();
        assert.ok(chain?.tls?.mode === "SIMPLE");
        assert.deepEqual(chain.tls.secrets, ["kubernetes://edge/a", "invalid://odd"]);
        assert.deepEqual([chain.tls.minVersion, chain.tls.maxVersion, chain.tls.cipherSuites], ["TLSv1.2", "TLSv1.3", []]);
        assert.deepEqual(said.map((text) => text.split(" ")[1]).sort(), ["GH0417", "GH0420", "GH0426"]);
        assert.deepEqual([...tables.routeTables.keys()], ["gateway-api.443.public.shop"]);
        const bare = routed([rule()], { servers: { servers: () => [{ ...ending, tls: undefined }] } });
        assert.equal(bare.tables.chains.size, 0);
    });

    it("is bound to nothing of Istio's, also where a Gateway of Istio has the same name", () => {
        const context = newContext();
        const istio = (kind: string, name: string, spec: object, group = "networking"): PlacedObject => ({
            object: { apiVersion: `${group}.istio.io/v1`, kind, metadata: { name, namespace: "shop" }, spec } as KubeObject,
        });
        const model = new ModelKeeper().update([
            istio("Gateway", "public", {
                selector: { app: "gateway" },
                servers: [{ port: { number: 80, name: "web", protocol: "HTTP" }, hosts: ["*"] }],
            }),
            istio("VirtualService", "web", { hosts: [HOST.host], gateways: ["public"], http: [] }),
            { ...istio("AuthorizationPolicy", "closed", {}, "security"), isClosed: true, isAnywhere: true },
        ]);
        const objects = Object.fromEntries(Object.entries(model).map(([kind, list]) => [kind, context.graph.input<unknown>(list)]));
        const own: ObjectContext = {
            ...context,
            objects: objects as unknown as Objects,
            meshConfigs: context.graph.input([]),
            redirectMaps: context.graph.input([]),
        };
        const { servers, rules, access } = new IstioTranslator(
            own,
            {
                targetPorts: (port) => [port],
            },
            { hosts: () => [] },
            new WorkloadIndex(own, new Places(own)),
        );
        context.graph.begin(0);
        const [known] = servers.servers();
        assert.ok(known);
        assert.deepEqual([rules.boundTo(known).length, rules.boundTo(server()).length], [1, 0]);
        assert.deepEqual([access.accessOf(known).refusal === undefined, access.accessOf(server()).refusal === undefined], [false, true]);
    });
});
