/** Hooks of components: an engine knows each by its name alone, whichever process of a deployment registers it. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import * as state from "@pulumi/pulumi/runtime/state";
import * as gatehouse from "pulumi-gatehouse";
import { resourcePath } from "../../components/arguments";
import { evaluated } from "./support/evaluation";
import { ingressRef } from "./support/refs";

const http = [{ route: [{ destination: { host: "web.shop.svc.cluster.local", port: { number: 80 } } }] }];

function host(name: string, namespace: string, opts?: pulumi.ComponentResourceOptions): gatehouse.VirtualHost<unknown> {
    return new gatehouse.VirtualHost(
        name,
        { gateway: ingressRef({ namespace }) as gatehouse.GatewayRef, hosts: [`${name}.${namespace}.example.com`], http },
        opts,
    );
}

/** Part of the SDK, and not of what it declares. */
const { setStackResource } = state as unknown as { setStackResource(stack: unknown): void };

/** As the process of a component provider constructs: there is no stack, and of the parent only its URN. */
function asProvider(construct: (opts: pulumi.ComponentResourceOptions) => void): void {
    const stack: unknown = pulumi.runtime.getStackResource();
    const parent = new pulumi.DependencyResource(
        `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::pulumi:pulumi:Stack::${pulumi.getProject()}-${pulumi.getStack()}`,
    );
    setStackResource(undefined);
    try {
        construct({ parent });
    } finally {
        setStackResource(stack);
    }
}

describe("components of one process", () => {
    it("have hooks of their own where there is no stack", async () => {
        await assert.doesNotReject(
            evaluated(() =>
                asProvider((opts) => {
                    for (const name of ["one", "two"]) {
                        new gatehouse.IngressGateway(name, { namespace: "edge" }, opts);
                        new gatehouse.EgressGateway(`out-${name}`, { namespace: "edge" }, opts);
                        new gatehouse.IstioCrds(`crds-${name}`, { kinds: [name === "one" ? "Gateway" : "Sidecar"] }, opts);
                        host(name, "edge", opts);
                    }
                }),
            ),
        );
    });

    it("have hooks of their own where two are called alike", async () => {
        await assert.doesNotReject(
            evaluated(() => {
                for (const team of ["one", "two"])
                    host("web", team, { parent: new pulumi.ComponentResource(`example:index:Team-${team}`, "team") });
            }),
        );
        await assert.doesNotReject(
            evaluated(() => {
                const [stack, project] = [pulumi.getStack(), pulumi.getProject()];
                const teams = ["one", "two"].map((team) => new pulumi.ComponentResource(`example:index:Team-${team}`, team));
                return pulumi.all(teams.map(({ urn }) => urn)).apply((urns) => {
                    for (const [index, urn] of urns.entries())
                        asProvider(() => host("web", `${project}-${stack}-${index}`, { parent: new pulumi.DependencyResource(urn) }));
                    return {};
                });
            }),
        );
    });

    it("have hooks of their own beside those that another process has registered", async () => {
        await assert.doesNotReject(
            evaluated(() => {
                const taken = ["", "#2"].map(
                    (suffix) => new pulumi.ErrorHook(`gatehouse-missing-crds${suffix}`, () => Promise.resolve(false)),
                );
                return pulumi
                    .output(Promise.all(taken.map((one) => (one as unknown as { __registered: Promise<void> }).__registered)))
                    .apply(() => {
                        host("web", "edge");
                        return {};
                    });
            }),
        );
    });

    it("share a hook in a program, which is one call to the engine", async () => {
        const names: string[] = [];
        await evaluated(() => {
            const monitor = pulumi.runtime.getMonitor() as unknown as {
                registerErrorHook(request: { getName(): string }, ...rest: readonly unknown[]): unknown;
            };
            const register = monitor.registerErrorHook.bind(monitor);
            monitor.registerErrorHook = (request, ...rest) => {
                names.push(request.getName());
                return register(request, ...rest);
            };
            for (const name of ["one", "two", "three"]) host(name, "edge");
        });
        assert.deepEqual(names, ["gatehouse-missing-crds"]);
    });

    it("carry the component's place in the program in their names", async () => {
        const paths: string[] = [];
        await evaluated(() => {
            const parent = new pulumi.ComponentResource("example:index:Team", "team");
            paths.push(resourcePath(host("web", "one", { parent })), resourcePath(host("shop", "two")));
        });
        assert.deepEqual(paths, ["example:index:Team$gatehouse:index:VirtualHost::web", "gatehouse:index:VirtualHost::shop"]);
    });
});
