/** What the engine itself does with resources: chains of parents, transforms, hooks, aliases, references. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const heard: string[] = [];
const hook = (name: string) =>
    new pulumi.ResourceHook(name, (args) => {
        heard.push(name);
        console.log(
            `HOOK ${JSON.stringify({ name, urn: args.urn, id: typeof args.id, inputs: Object.keys(args.newInputs ?? {}), outputs: Object.keys(args.newOutputs ?? {}).filter((key) => !key.startsWith("__")) })}`,
        );
    });

pulumi.runtime.registerResourceTransform(({ type, name, props, opts }) => {
    console.log(`TRANSFORM stack ${name}`);
    if (type !== "kubernetes:core/v1:ConfigMap") return undefined;
    return { props: { ...props, metadata: { ...props.metadata, labels: { ...props.metadata?.labels, stack: "yes" } } }, opts };
});

class Inner extends pulumi.ComponentResource {
    readonly name: pulumi.Output<string>;
    constructor(name: string, args: { secret: pulumi.Input<string> }, opts?: pulumi.ComponentResourceOptions) {
        super("test:index:Inner", name, { secret: args.secret }, opts);
        const map = new k8s.core.v1.ConfigMap(
            `${name}-map`,
            { data: { secret: args.secret } },
            {
                parent: this,
                hooks: { beforeCreate: [hook("before-map")], afterCreate: [hook("after-map")], beforeDelete: [hook("never")] },
                transforms: [
                    ({ props, opts }) => ({
                        props: { ...props, data: { ...props.data, own: "1" } },
                        opts: pulumi.mergeOptions(opts, { protect: true, ignoreChanges: ["data"] }),
                    }),
                ],
                aliases: [{ name: "old-map" }, { parent: pulumi.rootStackResource }],
            },
        );
        this.name = map.metadata.name;
        this.registerOutputs({ name: this.name, hidden: pulumi.secret("out") });
    }
}

class Outer extends pulumi.ComponentResource {
    readonly inner: Inner;
    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("test:index:Outer", name, { a: 1, list: ["x", { y: pulumi.secret("z") }] }, opts);
        this.inner = new Inner(`${name}-inner`, { secret: pulumi.secret("deep") }, { parent: this });
        this.registerOutputs({ inner: this.inner });
    }
}

const outer = new Outer("outer", {
    aliases: [{ type: "test:index:OldOuter" }, { name: "old-outer" }],
    hooks: { afterCreate: [hook("after-outer")] },
    transforms: [
        ({ name }) => {
            console.log(`TRANSFORM outer ${name}`);
            return undefined;
        },
    ],
});
const late = outer.inner.name.apply((name) => new k8s.core.v1.ConfigMap("late", { data: { name } }, { dependsOn: outer }).id);
const below = new k8s.core.v1.ConfigMap("below", {}, { parent: outer.inner });
class Holder extends pulumi.ComponentResource {
    constructor(name: string, args: { resource: pulumi.Resource }) {
        super("test:index:Holder", name, args);
        this.registerOutputs({ held: args.resource });
    }
}
new Holder("holder", { resource: below });

export const outputs = {
    late,
    component: outer,
    dry: pulumi.runtime.isDryRun(),
    where: [pulumi.getProject(), pulumi.getStack(), pulumi.getOrganization()],
};
