/** Which hosts are guarded, and by what, where a team demands it. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { checkResources } from "../../policy/library";
import { UNKNOWN } from "../../policy/values";
import { resource, type PlainObject } from "./support/resources";

const WORKLOAD: PlainObject = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "edge", namespace: "ingress" },
    spec: { template: { metadata: { labels: { app: "edge" } } } },
};
const gateway = (mode = "SIMPLE"): PlainObject => ({
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name: "edge", namespace: "ingress" },
    spec: {
        selector: { app: "edge" },
        servers: [{ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts: ["*"], tls: { mode, credentialName: "edge" } }],
    },
});
const service = (host: string, labels: object = {}, namespace = "shop"): PlainObject => ({
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "web", namespace, labels },
    spec: { hosts: [host], gateways: ["ingress/edge"], http: [{ route: [{ destination: { host: "web" } }] }] },
});
const policy = (spec: object, annotations: object = {}): PlainObject => ({
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "p", namespace: "ingress", annotations },
    spec: { selector: { matchLabels: { app: "edge" } }, ...spec },
});
const about = (hosts: readonly string[], more: object = {}): object => ({ to: [{ operation: { hosts } }], ...more });
const FROM = { from: [{ source: { ipBlocks: ["10.0.0.0/8"] } }] };

const HOSTS = { hosts: { shop: ["*.shop.test"], "*": ["all.test"] } };
const said = (objects: readonly PlainObject[], parameters: object = HOSTS): string[] =>
    checkResources(
        objects.map((one) => resource(one)),
        { complete: true, config: { all: "disabled", "host-access-required": { enforcementLevel: "mandatory", ...parameters } } },
    ).map(({ message }) => message);

describe("host-access-required", () => {
    const isOpen = (...policies: readonly PlainObject[]): boolean =>
        said([WORKLOAD, gateway(), service("a.shop.test"), ...policies]).length > 0;

    it("names the host, and the gateway where everybody may ask for it", () => {
        assert.deepEqual(said([WORKLOAD, gateway(), service("a.shop.test")]), [
            "VirtualService shop/web spec.hosts[0] is a.shop.test, which everybody may ask for at Gateway ingress/edge, and its team demands a rule. Give it an AuthorizationPolicy, as by a VirtualHost's `access`.",
        ]);
    });

    it("demands what is configured, by hosts of a namespace and by labels", () => {
        const open = (host: string, labels: object, namespace: string, parameters: object): number =>
            said([WORKLOAD, gateway(), service(host, labels, namespace)], parameters).length;
        assert.deepEqual(
            [
                open("a.other.test", {}, "shop", HOSTS),
                open("all.test", {}, "shop", HOSTS),
                open("all.test", {}, "team", HOSTS),
                open("a.test", { guard: "yes" }, "team", { labels: ["guard=yes"] }),
                open("a.test", { guard: "no" }, "team", { labels: ["guard=yes"] }),
                open("a.shop.test", {}, "shop", {}),
            ],
            [0, 0, 1, 1, 0, 0],
        );
    });

    it("takes for a rule what keeps somebody out", () => {
        const guarding: readonly (readonly [title: string, guards: boolean, ...policies: readonly PlainObject[]])[] = [
            ["a DENY about the host", true, policy({ action: "DENY", rules: [about(["a.shop.test"], FROM)] })],
            ["a DENY about another one", false, policy({ action: "DENY", rules: [about(["b.shop.test"], FROM)] })],
            [
                "a DENY that leaves the host out",
                false,
                policy({ action: "DENY", rules: [{ to: [{ operation: { notHosts: ["*.shop.test"] } }] }] }),
            ],
            ["a DENY about any host", true, policy({ action: "DENY", rules: [FROM] })],
            ["a DENY on trial", false, policy({ action: "DENY", rules: [FROM] }, { "istio.io/dry-run": "true" })],
            ["an AUDIT", false, policy({ action: "AUDIT", rules: [FROM] })],
            ["a provider", true, policy({ action: "CUSTOM", provider: { name: "x" }, rules: [about(["*.shop.test"])] })],
            ["an ALLOW by address", true, policy({ rules: [about(["a.shop.test"], FROM)] })],
            ["an ALLOW of whoever asks", false, policy({ rules: [about(["a.shop.test"])] })],
            ["an ALLOW of all", false, policy({ rules: [{}] })],
            ["an ALLOW of nobody", true, policy({})],
            ["a policy for other pods", false, policy({ selector: { matchLabels: { app: "x" } }, action: "DENY", rules: [FROM] })],
        ];
        assert.deepEqual(
            guarding.filter(([, guards, ...policies]) => isOpen(...policies) === guards).map(([title]) => title),
            [],
        );
    });

    it("leaves alone what clients need a certificate for", () => {
        assert.deepEqual(said([WORKLOAD, gateway("MUTUAL"), service("a.shop.test")]), []);
        assert.equal(said([WORKLOAD, gateway("OPTIONAL_MUTUAL"), service("a.shop.test")]).length, 1);
    });

    it("says nothing while a policy is not known yet", () => {
        assert.equal(isOpen(policy({ action: "DENY", rules: [about([UNKNOWN as unknown as string])] })), false);
    });
});
