/** Random AuthorizationPolicies: what istiod makes of their rules for an Envoy is what we read in them, of requests and of connections. */
import assert from "node:assert/strict";
import http from "node:http";
import fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { Daemon } from "../../../harness/daemon";
import { findEnvoy } from "../../../harness/envoy";
import { freePorts } from "../../../harness/ports";
import { readAuthorization, type AuthorizationReading } from "../../../istio/semantics/authorization";
import type { AuthorizationPolicy, KubeObject } from "../../../istio/types";
import { validateObject } from "../../../istio/validation";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { Istiod } from "../../support/istiod";
import { needTools, skipFor } from "../../support/tools";
import { comparedRule, rbacFilters, type ComparedRule } from "./rbac";

const NAMESPACE = "istio-system";
const ADDRESS = "127.0.0.2";
const LABELS = { istio: "ingressgateway" };
const COUNT = 300;
const WHAT = "what istiod makes of policies";

/** Texts in which stars, slashes and signs of expressions are frequent, but none that a header or a path template can't have. */
const text = fc.string({ unit: fc.constantFrom("a", "b", "B", "*", "/", ".", "+", "(", ":", "-", "$"), minLength: 1, maxLength: 8 });
const listOf = (...values: readonly string[]): fc.Arbitrary<string[]> =>
    fc.array(values.length === 0 ? text : fc.oneof(text, fc.constantFrom(...values)), { minLength: 1, maxLength: 3 });
const BLOCKS = ["1.2.3.4", "10.0.0.7/8", "::1", "fe80::/10", "::ffff:1.2.3.4", "0.0.0.0/0"];
const exactly = (...values: readonly string[]): fc.Arbitrary<string[]> =>
    fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const both = <V>(lists: Readonly<Record<string, V>>): Readonly<Record<string, V>> =>
    Object.fromEntries(
        Object.entries(lists).flatMap(([name, list]) => [
            [name, list],
            [`not${name.charAt(0).toUpperCase()}${name.slice(1)}`, list],
        ]),
    );

const SOURCE = both({
    principals: listOf("*", "cluster.local/ns/a/sa/b", "*/ns/a/sa/b"),
    requestPrincipals: listOf("*", "a/b", "https://a/b", "*/b", "a/*"),
    namespaces: listOf("a", "a*"),
    serviceAccounts: exactly("a", "a/b", "a.b/c.d"),
    trustDomains: listOf("*", "a.b"),
    ipBlocks: exactly(...BLOCKS),
    remoteIpBlocks: exactly(...BLOCKS),
});
const OPERATION = both({
    hosts: listOf("*", "A.test", "*.test", "a.test:*"),
    methods: exactly("GET", "*", "P*", "*T"),
    paths: listOf("/a", "/a*", "*", "/{*}", "/a/{**}", "/{*}/b/{**}"),
    ports: exactly("80", "0080", "65535"),
});
const CONDITIONS: Readonly<Record<string, fc.Arbitrary<string[]>>> = {
    "source.ip": exactly(...BLOCKS),
    "remote.ip": exactly(...BLOCKS),
    "destination.ip": exactly(...BLOCKS),
    "destination.port": exactly("80", "443"),
    "connection.sni": listOf("*", "a.test"),
    "source.principal": listOf("*"),
    "source.namespace": listOf("*"),
    "source.serviceAccount": exactly("a", "a/b"),
    "source.trustDomain": listOf("*"),
    "request.auth.principal": listOf("*", "a/b"),
    "request.auth.audiences": listOf("*"),
    "request.auth.presenter": listOf("*"),
    "request.auth.claims[a]": listOf("*"),
    "request.auth.claims[a][b.c]": listOf("*"),
    "request.auth.claims[a[b]]": listOf("*"),
    "request.headers[X-A]": listOf("*"),
    "request.headers[:path]": listOf("*"),
    "request.headers[Host]": listOf("*"),
    "request.headers[:method]": listOf("*"),
};
const some = (lists: Readonly<Record<string, fc.Arbitrary<string[]>>>): fc.Arbitrary<object> =>
    fc
        .subarray(Object.keys(lists), { minLength: 1, maxLength: 3 })
        .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, lists[name] ?? fc.constant([])]))));
const condition = fc
    .constantFrom(...Object.keys(CONDITIONS))
    .chain((key) => fc.record({ key: fc.constant(key), values: CONDITIONS[key]!, notValues: CONDITIONS[key]! }, { requiredKeys: ["key"] }))
    .filter((one) => one.values !== undefined || one.notValues !== undefined);
const rule = fc.record(
    {
        from: fc.array(
            some(SOURCE).map((source) => ({ source })),
            { minLength: 1, maxLength: 2 },
        ),
        to: fc.array(
            some(OPERATION).map((operation) => ({ operation })),
            { minLength: 1, maxLength: 2 },
        ),
        when: fc.array(condition, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: [] },
);
const policy = fc.record({ action: fc.constantFrom("ALLOW", "DENY", "AUDIT"), rules: fc.array(rule, { minLength: 1, maxLength: 3 }) });

const objectOf = (spec: object, index: number): KubeObject =>
    ({
        apiVersion: "security.istio.io/v1",
        kind: "AuthorizationPolicy",
        metadata: { name: `p-${index}`, namespace: NAMESPACE },
        spec,
    }) as KubeObject;

describe("what istiod makes of AuthorizationPolicies", function () {
    this.timeout(600_000);
    let plane: ControlPlane | undefined;
    let istiod: Istiod | undefined;
    let envoy: Daemon | undefined;
    let admin = 0;

    before(async function () {
        needTools(this, WHAT, "pilot-discovery");
        findEnvoy() ?? skipFor(this, WHAT, "envoy (on PATH or installed by npm run e2e:tools)");
        plane = await startControlPlane(this);
        istiod = await Istiod.start(plane, { env: { PILOT_DEBOUNCE_AFTER: "20ms", PILOT_DEBOUNCE_MAX: "200ms" } });
        const [adminPort = 0, plain = 0, bytes = 0] = await freePorts(3);
        admin = adminPort;
        await plane.apply(surroundings(plain, bytes));
        const [command, args] = await istiod.envoy({
            name: "gw",
            namespace: NAMESPACE,
            labels: LABELS,
            account: "gateway",
            address: ADDRESS,
            adminPort,
        });
        envoy = new Daemon(command, args, plane.folder, { name: "envoy" });
    });
    after(async () => {
        await envoy?.stop();
        await istiod?.stop();
        await plane?.stop();
    });

    it("is what we read in them", async () => {
        const specs = fc
            .sample(policy, COUNT * 4)
            .filter((spec, index) => !validateObject(objectOf(spec, index)).findings.some(({ level }) => level === "Error"))
            .slice(0, COUNT) as unknown as AuthorizationPolicy[];
        assert.equal(specs.length, COUNT);
        const last = objectOf({ action: "DENY", rules: [{ from: [{ source: { ipBlocks: ["192.0.2.1"] } }] }] }, COUNT);
        await plane!.apply(specs.map(objectOf));
        await plane!.apply([last]);
        let filters = rbacFilters({});
        await eventually(async () => {
            const dump = await get(admin, "/config_dump?resource=dynamic_listeners");
            assert.ok(dump.includes(`policy[p-${COUNT}]`), envoy?.tail());
            filters = rbacFilters(JSON.parse(dump));
        }, 180_000);
        for (const [index, spec] of specs.entries()) {
            const action = { ALLOW: "ALLOW", DENY: "DENY", AUDIT: "LOG", CUSTOM: "" }[spec.action ?? "ALLOW"];
            const reading = readAuthorization(spec, NAMESPACE, ["cluster.local"]);
            for (const isHttp of [true, false]) {
                const given =
                    filters.find((one) => one.isHttp === isHttp && one.action === action)?.rules ?? new Map<string, ComparedRule>();
                const prefix = `ns[${NAMESPACE}]-policy[p-${index}]-rule[`;
                const wanted = new Map([...given].filter(([name]) => name.startsWith(prefix)).sort(byName));
                assert.deepEqual(mapOf(reading, isHttp, prefix), wanted, `${isHttp ? "requests" : "connections"}: ${JSON.stringify(spec)}`);
            }
        }
    });
});

function mapOf({ rules, connectionRules }: AuthorizationReading, isHttp: boolean, prefix: string): ReadonlyMap<string, ComparedRule> {
    return new Map((isHttp ? rules : connectionRules).map((one) => [`${prefix}${one.index}]`, comparedRule(one)]));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
    return a < b ? -1 : 1;
}

function surroundings(plain: number, bytes: number): object[] {
    const rights = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: "gateway", namespace: NAMESPACE } };
    const networking = (kind: string, spec: object): object => ({
        apiVersion: "networking.istio.io/v1",
        kind,
        metadata: { name: "web", namespace: NAMESPACE },
        spec,
    });
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "gateway", namespace: NAMESPACE } },
        { ...rights, kind: "Role", rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] }] },
        {
            ...rights,
            kind: "RoleBinding",
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "gateway" },
            subjects: [{ kind: "ServiceAccount", name: "gateway", namespace: NAMESPACE }],
        },
        networking("ServiceEntry", {
            hosts: ["bytes.test"],
            location: "MESH_EXTERNAL",
            resolution: "STATIC",
            ports: [{ number: 80, name: "tcp", protocol: "TCP" }],
            endpoints: [{ address: "127.0.0.1" }],
        }),
        networking("Gateway", {
            selector: LABELS,
            servers: [
                { port: { number: plain, name: "http", protocol: "HTTP" }, hosts: ["*"] },
                { port: { number: bytes, name: "tcp", protocol: "TCP" }, hosts: ["*"] },
            ],
        }),
        networking("VirtualService", {
            hosts: ["*"],
            gateways: ["web"],
            http: [{ directResponse: { status: 200 } }],
            tcp: [{ match: [{ port: bytes }], route: [{ destination: { host: "bytes.test", port: { number: 80 } } }] }],
        }),
    ];
}

function get(port: number, path: string): Promise<string> {
    return new Promise((resolve, reject) => {
        http.get({ host: ADDRESS, port, path, agent: false, timeout: 10_000 }, (response) => {
            let body = "";
            response
                .setEncoding("utf8")
                .on("data", (part: string) => {
                    body += part;
                })
                .on("end", () => resolve(body));
        }).on("error", reject);
    });
}
