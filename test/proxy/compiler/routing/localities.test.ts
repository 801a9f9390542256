/** Priorities and shares by place, as istiod 1.31 gave them for the same objects. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { compile, Compiler, type CompileInput } from "../../../../proxy/compiler";
import { placedEndpoints } from "../../../../proxy/compiler/routing/localities";
import type { EndpointEntry, Tables } from "../../../../proxy/tables";
import { compileYaml, gateway, INGRESS, objectsOf, virtualService } from "../support";

const OUTLIERS = "outlierDetection: { consecutive5xxErrors: 1 }";
const OWN = "region1/zone1/sub1";
/** Of weights 1 to 6 at `.1` to `.6`. */
const PLACES = [OWN, "region1/zone1/sub2", "region1/zone2", "region2/zone3", "region3/zone4", ""] as const;

const WEB = `${gateway("web", '- { port: { number: 8000, name: http, protocol: HTTP }, hosts: ["*"] }')}${virtualService(
    "v",
    "{ hosts: [a.example.com], gateways: [istio-system/web], http: [{ route: [{ destination: { host: app.test } }] }] }",
    { namespace: "istio-system" },
)}`;

function entry(resolution = "STATIC", annotations = "{}"): string {
    const endpoints = PLACES.map(
        (locality, at) =>
            `{ address: 10.0.0.${at + 1}, weight: ${at + 1}, labels: { v: v${at % 2}, zone: z${at % 3} }${locality ? `, locality: ${locality}` : ""} }`,
    );
    return `\n---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: { name: app, namespace: istio-system, annotations: ${annotations} }\nspec: { hosts: [app.test], resolution: ${resolution}, ports: [{ number: 80, name: http, protocol: HTTP }], endpoints: [${endpoints.join()}] }\n`;
}
const rule = (policy: string): string =>
    `\n---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: app, namespace: istio-system }\nspec: { host: app.test, trafficPolicy: { ${policy} } }\n`;
const mesh = (config: string): string =>
    `\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata: { mesh: '${config}' }\n`;

const HERE: Partial<CompileInput> = { locality: OWN, labels: { istio: "ingressgateway", v: "v0", zone: "z0" } };

function endpointsOf(tables: Tables): readonly EndpointEntry[] {
    return tables.endpoints.get("outbound|80||app.test")?.endpoints ?? [];
}

/** Numbers of the endpoints by priority, joined; `shares` behind them where localities have some. */
function order(
    policy: string,
    more: { readonly yaml?: string; readonly entry?: string; readonly input?: Partial<CompileInput> } = {},
): string {
    const { tables } = compileYaml(
        WEB + (more.entry ?? entry()) + (policy === "" ? "" : rule(policy)) + (more.yaml ?? ""),
        more.input ?? HERE,
    );
    const found = endpointsOf(tables);
    const levels: string[] = [];
    for (const { address, priority = 0 } of found) levels[priority] = `${levels[priority] ?? ""}${address.at(-1)}`;
    const weighs = tables.clusters.get("outbound|80||app.test")?.localityWeights;
    return levels.join(" ") + (weighs ? ` (${found.map(({ localityWeight }) => localityWeight).join()})` : "");
}
const locality = (setting: string, rest = OUTLIERS): string =>
    `loadBalancer: { localityLbSetting: ${setting} }${rest === "" ? "" : `, ${rest}`}`;
const zoneAware = (setting: string, rest = ""): string =>
    `loadBalancer: { zoneAwareLbSetting: ${setting} }${rest === "" ? "" : `, ${rest}`}`;

describe("failover by place", () => {
    it("is made where endpoints are taken out, and said by nobody", () => {
        assert.equal(order(""), "123456");
        assert.equal(order("loadBalancer: { simple: ROUND_ROBIN }"), "123456");
        assert.equal(order(OUTLIERS), "1 2 3 456");
        assert.equal(order(locality("{}")), "1 2 3 456");
        assert.equal(order(locality("{ enabled: true }", "")), "123456");
        assert.equal(order(locality("{ enabled: false }")), "123456");
    });

    it("goes to the region that is named before all others", () =>
        assert.equal(order(locality("{ failover: [{ from: region1, to: region3 }] }")), "1 2 3 5 46 (1,2,3,4,5,6)"));

    it("goes by labels where they are named", () => {
        assert.equal(order(locality("{ failoverPriority: [v, zone=z1, topology.kubernetes.io/region] }")).split(" (")[0], "5 13 246");
        assert.equal(
            order(
                locality(
                    "{ failoverPriority: [topology.istio.io/network, topology.kubernetes.io/region, topology.kubernetes.io/zone, topology.istio.io/subzone] }",
                ),
            ).split(" (")[0],
            "1 2 3 456",
        );
        assert.equal(order(locality("{ failoverPriority: [nolabel, v] }")).split(" (")[0], "135 246");
        assert.equal(order(locality("{ failoverPriority: [v] }", "")), "123456");
    });

    it("goes by labels and then by place where both are named", () =>
        assert.equal(
            order(locality("{ failoverPriority: [v], failover: [{ from: region1, to: region3 }] }")).split(" (")[0],
            "1 3 5 2 46",
        ));

    it("gives the localities of one priority what their endpoints weigh, where a rule names where to go", () =>
        assert.equal(order(locality("{ failoverPriority: [nolabel] }")), "123456 (1,2,3,4,5,6)"));

    it("sees those without a place first where nobody knows where it runs", () => {
        assert.equal(order(OUTLIERS, { input: {} }), "6 12345");
    });

    it("knows by its pod's labels, or its node's, where it runs", () => {
        for (const label of ["istio-locality", "topology.istio.io/locality"])
            assert.equal(order(OUTLIERS, { input: { labels: { ...INGRESS.labels, [label]: "region1.zone1.sub1" } } }), "1 2 3 456", label);
        const node = `\n---\napiVersion: v1\nkind: Node\nmetadata: { name: n1, labels: { topology.kubernetes.io/region: region1, topology.kubernetes.io/zone: zone2 } }\n`;
        assert.equal(order(OUTLIERS, { input: { node: "n1" }, yaml: node }), "3 12 456");
        assert.equal(order(OUTLIERS, { input: { node: "n1", locality: OWN }, yaml: node }), "1 2 3 456");
        assert.equal(order(OUTLIERS, { input: { node: "n2" }, yaml: node }), "6 12345");
    });

    it("holds for names that DNS is asked for too", () => {
        assert.equal(order(OUTLIERS, { entry: entry("DNS") }), "1 2 3 456");
        assert.equal(order(locality("{ failoverPriority: [v] }"), { entry: entry("DNS") }).split(" (")[0], "135 246");
    });
});

describe("shares of localities", () => {
    it("are those of the first entry that is about where it runs, and nobody else gets any", () => {
        const to = (said: string, rest = ""): string => order(locality(`{ distribute: ${said} }`, rest));
        assert.equal(to("[{ from: region1/*, to: { region1/*: 79, region2: 21 } }]"), "1234 (14,27,40,21)");
        assert.equal(to("[{ from: region1, to: { region1/zone1: 50, region1/zone2: 50 } }]"), "123 (17,34,50)");
        assert.equal(to('[{ from: "*", to: { "*": 100 } }]'), "123456 (5,10,15,20,24,29)");
        assert.equal(to("[{ from: region9/*, to: { region1/*: 80, region3/zone4: 20 } }]"), "123456 (1,2,3,4,5,6)");
        assert.equal(to("[{ from: region1/zone1/*, to: { region1/zone1/*: 70, region2/*: 30 } }]", OUTLIERS), "124 (24,47,30)");
    });
});

describe("zone awareness", () => {
    it("keeps to the region, whether endpoints are taken out or not", () => {
        for (const said of ["{ enabled: true }", "{}"]) assert.equal(order(zoneAware(said)), "123 456");
        assert.equal(order(zoneAware("{ enabled: false }", OUTLIERS)), "123456");
        assert.equal(order(zoneAware("{ enabled: true, failover: [{ from: region1, to: region3 }] }", OUTLIERS)), "123 5 46");
        assert.equal(order(zoneAware("{ enabled: true, failoverPriority: [v] }")), "13 5 2 46");
    });

    it("is for all hosts where the mesh says it, but for those whose rule says otherwise", () => {
        const on = { yaml: mesh('{ "zoneAwareLbSetting": { "enabled": true, "failover": [{ "from": "region1", "to": "region2" }] } }') };
        assert.equal(order("", on), "123 4 56");
        assert.equal(order(OUTLIERS, on), "123 4 56");
        assert.equal(order(locality("{}"), on), "1 2 3 456");
        assert.equal(order(locality("{ enabled: false }"), on), "123456");
    });
});

describe("the mesh's word on locality", () => {
    it("counts where no rule has one", () => {
        const steps = { yaml: mesh('{ "localityLbSetting": { "failover": [{ "from": "region1", "to": "region3" }] } }') };
        assert.equal(order(OUTLIERS, steps).split(" (")[0], "1 2 3 5 46");
        assert.equal(order(locality("{}"), steps), "1 2 3 456");
        const off = { yaml: mesh('{ "localityLbSetting": { "enabled": false } }') };
        assert.equal(order(OUTLIERS, off), "123456");
        assert.equal(order(locality("{}"), off), "1 2 3 456");
    });

    it("is passed over where it has not its form", () => {
        for (const odd of ['{ "localityLbSetting": 1 }', '{ "localityLbSetting": { "failover": 1 } }', '{ "zoneAwareLbSetting": [] }'])
            assert.equal(order(OUTLIERS, { yaml: mesh(odd) }).split(" (")[0], "1 2 3 456", odd);
    });
});

describe("hints of EndpointSlices", () => {
    const zones = (...of: readonly (readonly string[] | undefined)[]): readonly number[] => {
        const endpoints = of.map((forZones, at) => ({ address: `10.0.0.${at}`, port: 80, weight: 1, ...(forZones ? { forZones } : {}) }));
        return placedEndpoints(endpoints, undefined, { locality: "r/a", labels: {} }).endpoints.map(({ priority = 0 }) => priority);
    };

    it("put those first that are meant for the own zone", () => assert.deepEqual(zones(["a"], ["b"], ["b", "a"]), [0, 1, 0]));

    it("say nothing where one has none, or none is meant for the own zone", () => {
        assert.deepEqual(zones(["a"], undefined), [0, 0]);
        assert.deepEqual(zones(["b"], ["c"]), [0, 0]);
    });

    it("of nodes come before those of zones", () => {
        const endpoints = [
            { address: "10.0.0.1", port: 80, weight: 1, forZones: ["a"], forNodes: ["n2"] },
            { address: "10.0.0.2", port: 80, weight: 1, forZones: ["a"], forNodes: ["n1"] },
        ];
        const own = { locality: "r/a", labels: { "kubernetes.io/hostname": "n1" } };
        assert.deepEqual(
            placedEndpoints(endpoints, undefined, own).endpoints.map(({ priority = 0 }) => priority),
            [1, 0],
        );
    });
});

describe("where the proxy runs", () => {
    it("may become known while it runs", () => {
        const compiler = new Compiler();
        const yaml = WEB + entry() + rule(OUTLIERS);
        const node = "\n---\napiVersion: v1\nkind: Node\nmetadata: { name: n1, labels: { topology.kubernetes.io/region: region2 } }\n";
        const order1 = endpointsOf(compiler.compile({ ...INGRESS, objects: objectsOf(yaml), node: "n1" }).tables).map(
            ({ priority = 0 }) => priority,
        );
        const input = { ...INGRESS, objects: objectsOf(yaml + node), node: "n1" };
        const order2 = endpointsOf(compiler.compile(input).tables).map(({ priority = 0 }) => priority);
        assert.deepEqual(order1, [1, 1, 1, 1, 1, 0]);
        assert.deepEqual(order2, [1, 1, 1, 0, 1, 1]);
        assert.deepEqual(
            order2,
            endpointsOf(compile(input).tables).map(({ priority = 0 }) => priority),
        );
    });
});
