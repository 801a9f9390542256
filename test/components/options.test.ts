/** The options that every resource of Pulumi has, given to a component: what each is to its children. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import type { EvaluatedResource } from "pulumi-gatehouse/testing";
import { evaluated, service } from "./support/evaluation";
import { egressRef, ingressRef } from "./support/refs";

type Opts = pulumi.ComponentResourceOptions;

const destination = { host: "echo", port: { number: 9000 } };
const certificate = gatehouse.Certificate.selfSigned();

/** One of each, with all the children that it can have; `prefix` begins the name of each. */
function everything(opts: Opts, prefix = "new"): pulumi.Resource[] {
    return [
        new gatehouse.IngressGateway(
            `${prefix}-public`,
            { namespace: "edge", accessLog: { filter: "true" }, tls: [{ name: "wild", hosts: ["*.example.com"], certificate }] },
            opts,
        ),
        new gatehouse.EgressGateway(`${prefix}-egress`, { namespace: "out", applyTo: ["shop"] }, opts),
        new gatehouse.VirtualHost(
            `${prefix}-web`,
            { gateway: ingressRef() as never, hosts: ["a.example.org"], tls: { certificate }, http: [{ route: [{ destination }] }] },
            opts,
        ),
        new gatehouse.TcpRoute(
            `${prefix}-echo`,
            { gateway: ingressRef(), port: "tls-sni", sniHosts: ["b.example.org"], destination } as never,
            opts,
        ),
        new gatehouse.ExternalService(
            `${prefix}-api`,
            { hosts: ["a.example.net", "b.example.net"], ports: { http: { number: 80, targetPort: 443 } }, via: egressRef() } as never,
            opts,
        ),
        new gatehouse.CertificateAuthority(`${prefix}-ca`, { commonName: "A" }, opts),
        new gatehouse.IstioCrds(`${prefix}-crds`, { kinds: ["Gateway"] }, opts),
    ];
}

const isComponent = ({ type }: EvaluatedResource): boolean => type.startsWith("gatehouse:");

interface Made {
    readonly all: readonly EvaluatedResource[];
    readonly components: readonly EvaluatedResource[];
    readonly children: readonly EvaluatedResource[];
}

async function made(program: () => unknown): Promise<Made> {
    const { resources: all } = await evaluated(program);
    const components = all.filter(isComponent);
    const urns = new Set(components.map(({ urn }) => urn));
    const children = all.filter(({ parent }) => parent !== undefined && urns.has(parent));
    assert.equal(components.length, 7);
    assert.ok(children.length > 25, String(children.length));
    return { all, components, children };
}

const kubernetes = ({ children }: Made): EvaluatedResource[] => children.filter(({ type }) => type.startsWith("kubernetes:"));
/** The children for which it does not hold. */
const without = (children: readonly EvaluatedResource[], holds: (one: EvaluatedResource) => boolean): string[] =>
    children.filter((one) => !holds(one)).map(({ urn }) => urn);
const named = (all: readonly EvaluatedResource[], name: string): EvaluatedResource =>
    all.find((one) => one.name === name) ?? assert.fail(`there is no ${name}`);
const each = (change: pulumi.CustomResourceOptions): Opts => ({
    transformations: [
        ({ type, props, opts }) =>
            type.startsWith("kubernetes:") ? { props, opts: pulumi.mergeOptions(opts as pulumi.CustomResourceOptions, change) } : undefined,
    ],
});

/** Keys and certificates are made in no cluster: nobody has to be there before. */
const waitsForSite = ({ type, options }: EvaluatedResource, { all }: Made): boolean =>
    type.startsWith("tls:") || options.dependencies.includes(named(all, "site").urn);

/** What stands in a component's options, and what every child then has. */
const INHERITED: Readonly<Record<string, { readonly opts: () => Opts; readonly has: (one: EvaluatedResource, found: Made) => boolean }>> = {
    protect: { opts: () => ({ protect: true }), has: ({ options }) => options.protect },
    retainOnDelete: { opts: () => ({ retainOnDelete: true }), has: ({ options }) => options.retainOnDelete },
    deletedWith: {
        opts: () => ({ deletedWith: service("site") }),
        has: ({ options }, { all }) => options.deletedWith === named(all, "site").urn,
    },
    dependsOn: { opts: () => ({ dependsOn: [service("site")] }), has: waitsForSite },
    "dependsOn of one": { opts: () => ({ dependsOn: service("site") }), has: waitsForSite },
    "dependsOn that comes later": { opts: () => ({ dependsOn: pulumi.output(Promise.resolve([service("site")])) }), has: waitsForSite },
};

describe("an option of a component", function () {
    this.timeout(60_000);
    for (const [name, { opts, has }] of Object.entries(INHERITED)) {
        it(`is its children's too: ${name}`, async () => {
            const found = await made(() => everything(opts()));
            assert.deepEqual(
                without(found.children, (one) => has(one, found)),
                [],
            );
        });
    }

    it("reaches children by transformations: ignoreChanges, customTimeouts, replaceOnChanges, retainOnDelete", async () => {
        const found = await made(() =>
            everything(
                each({
                    ignoreChanges: ["metadata.labels"],
                    customTimeouts: { create: "7m" },
                    replaceOnChanges: ["spec"],
                    retainOnDelete: true,
                }),
            ),
        );
        assert.deepEqual(
            without(
                kubernetes(found),
                ({ options }) =>
                    options.ignoreChanges.includes("metadata.labels") &&
                    options.customTimeouts.create === "7m" &&
                    options.replaceOnChanges.includes("spec") &&
                    options.retainOnDelete,
            ),
            [],
        );
    });

    it("names the children of its old name: aliases", async () => {
        const found = await made(() => [
            new gatehouse.IngressGateway(
                "new-public",
                { namespace: "edge", accessLog: { filter: "true" }, tls: [{ name: "wild", hosts: ["*.example.com"], certificate }] },
                { aliases: [{ name: "old-public" }] },
            ),
            new gatehouse.EgressGateway("new-egress", { namespace: "out", applyTo: ["shop"] }, { aliases: [{ name: "old-egress" }] }),
            new gatehouse.VirtualHost(
                "new-web",
                { gateway: ingressRef() as never, hosts: ["a.example.org"], tls: { certificate }, http: [{ route: [{ destination }] }] },
                { aliases: [{ name: "old-web" }] },
            ),
            new gatehouse.TcpRoute(
                "new-echo",
                { gateway: ingressRef(), port: "tls-sni", sniHosts: ["b.example.org"], destination } as never,
                { aliases: [{ name: "old-echo" }] },
            ),
            new gatehouse.ExternalService(
                "new-api",
                { hosts: ["a.example.net", "b.example.net"], ports: { http: { number: 80, targetPort: 443 } }, via: egressRef() } as never,
                { aliases: [{ name: "old-api" }] },
            ),
            new gatehouse.CertificateAuthority("new-ca", { commonName: "A" }, { aliases: [{ name: "old-ca" }] }),
            new gatehouse.IstioCrds("new-crds", { kinds: ["Gateway"] }, { aliases: [{ name: "old-crds" }] }),
        ]);
        const old = (urn: string): string => urn.replace(/::new-([^:]*)$/, "::old-$1");
        assert.deepEqual(
            without([...found.children, ...found.components], ({ urn, options }) => options.aliasUrns.includes(old(urn))),
            [],
        );
    });

    it("makes whoever depends on it wait for all of its children", async () => {
        let last = "";
        const found = await made(() => {
            const all = everything({});
            new k8s.core.v1.ConfigMap("last", { metadata: { name: "last", namespace: "edge" } }, { dependsOn: all });
            last = "last";
        });
        const waits = new Set(named(found.all, last).options.dependencies);
        assert.deepEqual(
            without(found.children, ({ urn }) => waits.has(urn)),
            [],
        );
    });

    it("puts it below another: parent", async () => {
        const found = await made(() => everything({ parent: new pulumi.ComponentResource("example:index:Site", "site") }));
        const { urn } = named(found.all, "site");
        assert.deepEqual(
            without(found.components, ({ parent }) => parent === urn),
            [],
        );
    });

    const PROVIDERS: Readonly<Record<string, (own: k8s.Provider) => Opts>> = {
        provider: (own) => ({ provider: own }),
        "providers as a map": (own) => ({ providers: { kubernetes: own } }),
        "providers as a list": (own) => ({ providers: [own] }),
        "the parent's providers": (own) => ({
            parent: new pulumi.ComponentResource("example:index:Site", "site", {}, { providers: [own] }),
        }),
    };
    for (const [way, opts] of Object.entries(PROVIDERS)) {
        it(`says which cluster its children are for: ${way}`, async () => {
            const found = await made(() => everything(opts(new k8s.Provider("own", { context: "own" }))));
            const { urn } = named(found.all, "own");
            assert.deepEqual(
                without(kubernetes(found), ({ provider = "" }) => provider.startsWith(`${urn}::`)),
                [],
            );
        });
    }

    it("is of the component alone: version and pluginDownloadURL", async () => {
        const found = await made(() => everything({ version: "9.9.9", pluginDownloadURL: "https://plugins.example.com" }));
        assert.deepEqual(
            without(kubernetes(found), ({ options }) => options.version !== "9.9.9"),
            [],
        );
    });
});
