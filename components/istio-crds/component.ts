/**
 * `IstioCrds`: the definitions of Istio's kinds, for a cluster that has no Istio. They belong to the whole cluster and
 * take every object of their kind with them when they go, so a destroyed stack leaves them where they are.
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { changeHook, crdKey, judge, Owner, programRegister, settle } from "../arguments";
import { demandArguments } from "../schema";
import { buildCrd } from "./objects";
import { crdName, ISTIO_KINDS, judgeIstioCrds, takenByIstioCrds } from "./plan";
import { ISTIO_CRDS, type IstioCrdsArgs } from "./schema";

export class IstioCrds extends pulumi.ComponentResource {
    /** The names of the definitions: `gateways.networking.istio.io` and so on. */
    readonly names: pulumi.Output<string[]>;

    constructor(name: string, args: IstioCrdsArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
        const owner = new Owner("IstioCrds", name, opts);
        demandArguments(owner.text, ISTIO_CRDS, args);
        const { kinds = ISTIO_KINDS, adopt } = args;
        settle<IstioCrdsArgs>(owner.text, { kinds, adopt }, (known) => judge(owner, judgeIstioCrds(known), () => [], takenByIstioCrds));
        super("gatehouse:index:IstioCrds", name, { kinds: [...kinds], adopt }, opts);

        const { crds } = programRegister();
        const guard = adopt ? foreignGuard(this) : undefined;
        const made = kinds.map((kind) => {
            const { metadata, spec } = buildCrd(name, kind);
            const definition = new k8s.apiextensions.v1.CustomResourceDefinition(
                `${name}-${crdName(kind).replace(/\..*/, "")}`,
                { metadata, spec: spec as object as k8s.types.input.apiextensions.v1.CustomResourceDefinitionSpec },
                {
                    parent: this,
                    dependsOn: [...owner.waitsFor()],
                    retainOnDelete: opts.retainOnDelete ?? true,
                    ...(adopt ? { import: crdName(kind), ...(guard ? { hooks: { beforeUpdate: [guard] } } : {}) } : {}),
                },
            );
            // Objects of the kind that the program makes from here on wait for it.
            crds.set(crdKey(kind, definition.getProvider("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition")), definition);
            return definition;
        });
        this.names = pulumi.all(made.map((one) => one.metadata.name));
        this.registerOutputs({ names: this.names });
    }
}

/** An import is followed by an update to what stands in the program: not of a definition that somebody else made. */
function foreignGuard(component: pulumi.Resource): pulumi.ResourceHook | undefined {
    return changeHook("gatehouse-foreign-crds", component, ({ oldOutputs = {} }) => {
        const { metadata = {} } = oldOutputs as {
            readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
        };
        if (metadata.labels?.["app.kubernetes.io/part-of"] === "gatehouse") return;
        throw new Error(
            `the definition ${metadata.name ?? ""} does not come from Gatehouse and stays as it is. A cluster with Istio has what it needs: leave IstioCrds out. (GH0223)`,
        );
    });
}
