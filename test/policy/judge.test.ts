/** Stacks together, configuration, remediation, and what a large stack costs. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { checkResources, PolicyConfigError, type ResourceData, type Violation } from "../../policy/library";
import { repetitionsOf } from "../../policy/objects/repetitions";
import { entryOf, POLICY_NAMES } from "../../policy/table";
import { UNKNOWN } from "../../policy/values";
import { documents, sections } from "./support/page";
import { resource, type PlainObject } from "./support/resources";

const ISTIO = "networking.istio.io/v1";
const gateway = (
    name: string,
    host: string,
    server: object = { port: { number: 443, name: "https", protocol: "HTTPS" }, tls: { mode: "SIMPLE", credentialName: name } },
): PlainObject => ({
    apiVersion: ISTIO,
    kind: "Gateway",
    metadata: { name, namespace: "istio-ingress" },
    spec: { selector: { "gateway-name": "public" }, servers: [{ hosts: [host], ...server }] },
});
const virtualService = (name: string, gateways: string[], host = "shop.example.com"): PlainObject => ({
    apiVersion: ISTIO,
    kind: "VirtualService",
    metadata: { name, namespace: "shop" },
    spec: { hosts: [host], gateways, http: [{ route: [{ destination: { host: "web" } }] }] },
});
const of = (violations: readonly Violation[], policy: string): string[] =>
    violations.filter((one) => one.policy === policy).map(({ message }) => message);

describe("stacks that are judged together", () => {
    const ours = resource(gateway("ours", "shop.example.com"), "ours");
    const theirs = resource(gateway("theirs", "shop.example.com"), "theirs");

    it("may not claim one host of a gateway, whichever stack claims it", () => {
        const [message, ...more] = of(checkResources([ours, theirs]), "host-claimed-once");
        assert.match(
            message ?? "",
            /^Gateway istio-ingress\/theirs spec\.servers\[0\]\.hosts\[0\] claims host shop\.example\.com on port 443, as Gateway istio-ingress\/ours of stack ours\/dev does/,
        );
        assert.deepEqual(more, []);
    });

    it("tell the stack that is judged where the other is only referred to", () => {
        const violations = checkResources([ours], { beside: [theirs] });
        assert.match(
            of(violations, "host-claimed-once").join(),
            /^Gateway istio-ingress\/ours .*as Gateway istio-ingress\/theirs of stack theirs\/dev does/,
        );
        assert.ok(violations.every(({ urn }) => urn === ours.urn));
    });

    it("may not mix bytes and TLS on one port, and share it for HTTPS", () => {
        const tcp = resource(gateway("tcp", "*", { port: { number: 443, name: "tcp", protocol: "TCP" } }));
        assert.equal(of(checkResources([ours, tcp]), "host-claimed-once").length, 1);
        assert.deepEqual(of(checkResources([ours, resource(gateway("other", "help.example.com"))]), "host-claimed-once"), []);
    });

    it("say what does not exist only where everything is in sight", () => {
        const route = resource(virtualService("shop", ["istio-ingress/ours"]));
        const reference: ResourceData = {
            urn: "urn:pulumi:dev::shop::pulumi:pulumi:StackReference::platform",
            type: "pulumi:pulumi:StackReference",
            name: "platform",
            inputs: {},
        };
        const missing = ["gateway-selector-unmatched", "virtual-service-bound", "destination-exists"];
        const names = (violations: readonly Violation[]): string[] =>
            violations.map(({ policy }) => policy).filter((name) => missing.includes(name));
        assert.deepEqual(names(checkResources([route])), ["virtual-service-bound", "destination-exists"]);
        assert.deepEqual(names(checkResources([route, reference])), []);
        const namespace = resource({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
        assert.deepEqual(names(checkResources([route, reference, namespace])), ["destination-exists"]);
        assert.deepEqual(names(checkResources([route, ours, reference], { complete: true })), [
            "gateway-selector-unmatched",
            "destination-exists",
        ]);
    });
});

describe("the port of a destination", () => {
    const service = (spec: object): PlainObject => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace: "shop" },
        spec,
    });
    const entry: PlainObject = {
        apiVersion: ISTIO,
        kind: "ServiceEntry",
        metadata: { name: "api", namespace: "shop" },
        spec: { hosts: ["*.example.org"], ports: [{ number: 443, name: "tls", protocol: "TLS" }] },
    };
    const route = (destination: object): PlainObject => ({
        ...virtualService("shop", []),
        spec: {
            hosts: ["shop.example.com"],
            tcp: [{ route: [{ destination }] }],
            http: [{ mirror: destination, directResponse: { status: 200 } }],
        },
    });
    const said = (...objects: PlainObject[]): string[] =>
        of(
            checkResources(
                objects.map((one) => resource(one)),
                { complete: true },
            ),
            "destination-exists",
        );

    it("is one that its Service or ServiceEntry has, in routes and mirrors", () => {
        assert.deepEqual(said(service({ ports: [{ port: 80 }, { port: 81 }] }), route({ host: "web", port: { number: 81 } })), []);
        const missing = said(service({ ports: [{ port: 80 }, { port: 81 }] }), route({ host: "web", port: { number: 82 } }));
        assert.equal(missing.length, 2);
        assert.match(
            missing.join("\n"),
            /spec\.tcp\[0\]\.route\[0\]\.destination\.port\.number is 82, which Service shop\/web does not have as `web\.shop\.svc\.cluster\.local`\. Its ports are 80, 81\./,
        );
        assert.match(
            said(entry, route({ host: "api.example.org", port: { number: 80 } })).join("\n"),
            /is 80, which ServiceEntry shop\/api does not have/,
        );
    });

    it("need not be named, and is not judged where ports are not known", () => {
        assert.deepEqual(said(service({ ports: [{ port: 80 }] }), route({ host: "web" })), []);
        assert.deepEqual(said(service({ ports: UNKNOWN }), route({ host: "web", port: { number: 82 } })), []);
    });
});

describe("the configuration of policies", () => {
    const WRONG: readonly (readonly [config: unknown, message: RegExp])[] = [
        [[], /got a list, wanted a mapping of policies/],
        [
            { "gateway-selectors": "mandatory" },
            /gateway-selectors: there is no policy `gateway-selectors`\. Did you mean `gateway-selector`\?/,
        ],
        [
            { "gateway-selector": "madatory" },
            /gateway-selector: got `madatory`, wanted one of advisory, mandatory, remediate, disabled, or a mapping\. Did you mean `mandatory`\?/,
        ],
        [{ "gateway-selector": { enforcementLevel: 1 } }, /gateway-selector\.enforcementLevel: got `1`/],
        [{ "certificate-near-expiry": { days: "30" } }, /certificate-near-expiry\.days: got `30`, wanted a whole number, 1 or more/],
        [{ "certificate-near-expiry": { day: 30 } }, /certificate-near-expiry has no parameter `day`\. Did you mean `days`\?/],
        [{ "gateway-tls-minimum-version": { minimumVersion: "TLS13" } }, /wanted one of TLSV1_2, TLSV1_3/],
        [{ "gateway-wildcard-hosts": { allowed: "*" } }, /got `\*`, wanted a list of texts/],
        [
            { "host-allowed-domains": { domains: { shop: "a.example.com" } } },
            /got a mapping, wanted a mapping whose values are lists of texts/,
        ],
        [{ all: { days: 3 } }, /all\.days: `all` takes a level alone/],
    ];
    for (const [config, message] of WRONG) {
        it(`is refused as ${JSON.stringify(config)}`, () => {
            assert.throws(
                () => checkResources([], { config }),
                (error: unknown) => error instanceof PolicyConfigError && message.test(error.message),
            );
        });
    }

    it("sets the level of all, and of one over it, and turns one off", () => {
        const bad = resource({
            ...gateway("edge", "*"),
            spec: {
                servers: [
                    {
                        port: { number: 443, name: "https", protocol: "HTTPS" },
                        hosts: ["*"],
                        tls: { mode: "SIMPLE", credentialName: "edge" },
                    },
                ],
            },
        });
        const levels = (config: unknown): string[] =>
            checkResources([bad], { config }).map(({ policy, enforcementLevel }) => `${policy} ${enforcementLevel}`);
        assert.deepEqual(levels(undefined), ["gateway-selector mandatory", "gateway-wildcard-hosts advisory"]);
        assert.deepEqual(levels({ all: "advisory", "gateway-wildcard-hosts": { enforcementLevel: "mandatory" } }), [
            "gateway-selector advisory",
            "gateway-wildcard-hosts mandatory",
        ]);
        assert.deepEqual(levels({ "gateway-selector": "disabled", "gateway-wildcard-hosts": { allowed: ["*"] } }), []);
    });
});

describe("remediation", () => {
    const remediable = sections().filter(
        ({ name, bad }) => bad.language === "yaml" && entryOf(name as (typeof POLICY_NAMES)[number]).remediation,
    );
    const judged = (objects: readonly PlainObject[], name: string, level?: string): string[] =>
        of(
            checkResources(
                objects.map((one) => resource(one)),
                { config: level === undefined ? {} : { [name]: level } },
            ),
            name,
        );

    for (const { name, bad } of remediable.filter((one) => one.name !== "gateway-plain-http")) {
        it(`makes the bad example of ${name} good, and only where it is asked for`, () => {
            const objects = documents(bad.text) as unknown as PlainObject[];
            assert.notDeepEqual(judged(objects, name), []);
            assert.deepEqual(judged(objects, name, "remediate"), []);
        });
    }

    it("redirects plain HTTP only to a server that is there", () => {
        const plain = { port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["shop.example.com"] };
        const secure = gateway("edge", "shop.example.com");
        const servers = (secure["spec"] as { servers: object[] }).servers;
        const both: PlainObject = { ...secure, spec: { ...(secure["spec"] as object), servers: [...servers, plain] } };
        const alone: PlainObject = { ...secure, spec: { ...(secure["spec"] as object), servers: [plain] } };
        assert.deepEqual(judged([both], "gateway-plain-http", "remediate"), []);
        assert.equal(judged([alone], "gateway-plain-http", "remediate").length, 1);
        // Clients of gRPC follow no redirect.
        const calls = { ...plain, port: { number: 9000, name: "grpc", protocol: "GRPC" } };
        const beside: PlainObject = { ...secure, spec: { ...(secure["spec"] as object), servers: [...servers, calls] } };
        assert.equal(judged([beside], "gateway-plain-http", "remediate").length, 1);
    });
});

describe("what a regular expression repeats", () => {
    const CASES: readonly (readonly [regex: string, nested: boolean, largest: number])[] = [
        ["(a+)+", true, 0],
        ["(?:a*b){2,}", true, 2],
        ["((a+)b)*", true, 0],
        ["(a+|b)*?", true, 0],
        ["(a+)", false, 0],
        ["(a+)?b*", false, 0],
        ["(ab)+c+", false, 0],
        ["[(+*]+", false, 0],
        ["\\(a+\\)+", false, 0],
        ["a{3,200}", false, 200],
        ["[]+]*a{7}", false, 7],
        ["[[:alpha:]+]+(b)+", false, 0],
        ["a{,3}+", false, 0],
    ];
    for (const [regex, nested, largest] of CASES)
        it(`is seen in ${regex}`, () => assert.deepEqual(repetitionsOf(regex), { nested, largest }));
});

describe("a large stack", function () {
    this.timeout(60_000);

    it("of a thousand resources is judged in less than two seconds", () => {
        const resources = Array.from({ length: 125 }, (_, index): PlainObject[] => {
            const metadata = { name: `app-${index}`, namespace: `team-${index % 20}` };
            const labels = { "gateway-name": `edge-${index}` };
            return [
                {
                    ...gateway(`app-${index}`, `app-${index}.example.com`),
                    metadata,
                    spec: {
                        selector: labels,
                        servers: [
                            {
                                port: { number: 443, name: "https", protocol: "HTTPS" },
                                hosts: [`app-${index}.example.com`],
                                tls: { mode: "SIMPLE", credentialName: "cert" },
                            },
                        ],
                    },
                },
                {
                    apiVersion: ISTIO,
                    kind: "VirtualService",
                    metadata,
                    spec: {
                        hosts: [`app-${index}.example.com`],
                        gateways: [`app-${index}`],
                        http: Array.from({ length: 10 }, (__, rule) => ({
                            match: [{ uri: { regex: `/r${rule}/[a-z]{1,30}` } }],
                            route: [{ destination: { host: `app-${index}`, subset: "v1" } }],
                            mirrors: [{ destination: { host: `app-${(index + 1) % 125}.team-${(index + 1) % 20}.svc.cluster.local` } }],
                        })),
                    },
                },
                {
                    apiVersion: "v1",
                    kind: "Service",
                    metadata,
                    spec: { selector: { app: `app-${index}` }, ports: [{ name: "http", port: 80 }] },
                },
                {
                    apiVersion: ISTIO,
                    kind: "DestinationRule",
                    metadata,
                    spec: { host: `app-${index}`, subsets: [{ name: "v1", labels: { v: "1" } }] },
                },
                {
                    apiVersion: "apps/v1",
                    kind: "Deployment",
                    metadata,
                    spec: {
                        selector: { matchLabels: labels },
                        template: { metadata: { labels }, spec: { containers: [{ name: "proxy", image: "proxy:1" }] } },
                    },
                },
                {
                    apiVersion: ISTIO,
                    kind: "ServiceEntry",
                    metadata,
                    spec: {
                        hosts: [`out-${index}.example.net`],
                        ports: [{ number: 443, name: "tls", protocol: "TLS" }],
                        resolution: "DNS",
                    },
                },
                { apiVersion: "v1", kind: "Secret", metadata, data: { "tls.key": "", "tls.crt": "" } },
                {
                    apiVersion: "rbac.authorization.k8s.io/v1",
                    kind: "RoleBinding",
                    metadata,
                    roleRef: { kind: "Role", name: metadata.name },
                    subjects: [{ kind: "ServiceAccount", name: "default", namespace: metadata.namespace }],
                },
            ];
        })
            .flat()
            .map((one) => resource(one));
        assert.equal(resources.length, 1000);
        // Of this process's own time, for a machine may be busy with others.
        const before = process.cpuUsage();
        const violations = checkResources(resources, { complete: true });
        const { user, system } = process.cpuUsage(before);
        assert.ok(violations.length > 500);
        assert.ok(user + system < 2_000_000, `${(user + system) / 1e6} s`);
    });
});
