/** `ExternalService`: names outside the cluster that workloads may call, straight or through an egress gateway. */
import * as pulumi from "@pulumi/pulumi";
import { derivedNames, joinedName, judge, OBJECT_NAME, Owner, settle, slug, type Settled } from "../arguments";
import { DestinationRule, Gateway, ServiceEntry, VirtualService } from "../resources";
import { demandArguments, wireOf } from "../schema";
import type { AnyRef } from "../gateway";
import {
    buildDestinationRule,
    buildGateway,
    buildServiceEntry,
    buildVirtualService,
    externalServiceCandidates,
    outlineDestinationRule,
    outlineGateway,
    outlineServiceEntry,
    outlineVirtualService,
} from "./objects";
import {
    judgeExternalService,
    planExternalService,
    takenByExternalService,
    type ExternalServiceData,
    type ExternalServicePlan,
} from "./plan";
import { EXTERNAL_SERVICE, type ExternalPorts, type ExternalServiceArgs } from "./schema";

export class ExternalService<const M, const P extends ExternalPorts = ExternalPorts> extends pulumi.ComponentResource {
    constructor(name: string, args: ExternalServiceArgs<M, P>, opts?: pulumi.ComponentResourceOptions) {
        const owner = new Owner("ExternalService", name, opts);
        demandArguments(owner.text, EXTERNAL_SERVICE, args);
        const { hosts, via } = args;
        const wire = wireOf(EXTERNAL_SERVICE, args);
        const data = settle<ExternalServiceData>(owner, wire, (known) =>
            judge(owner, judgeExternalService(name, known), externalServiceCandidates, takenByExternalService),
        );
        super("gatehouse:index:ExternalService", name, wire, opts);

        const entry = data.tree(
            (all) => buildServiceEntry(planExternalService(name, all)),
            (known) => outlineServiceEntry(name, known),
        );
        owner.made(new ServiceEntry(`${name}-entry`, entry, data.options({ parent: this })));
        if (via !== undefined) registerGateway(name, this, data, hosts);
        this.registerOutputs({});
    }
}

/** Rules for a host stand before the routes that lead to it: the gateway then never speaks to it in another way. */
function registerGateway(
    name: string,
    parent: pulumi.Resource,
    data: Settled<ExternalServiceData>,
    hosts: readonly pulumi.Input<string>[],
): void {
    const through =
        <T>(build: (plan: ExternalServicePlan, via: AnyRef) => T) =>
        (all: ExternalServiceData): T =>
            build(planExternalService(name, all), all.via as AnyRef);
    const gateway = data.tree(through(buildGateway), (known) => outlineGateway(name, known));
    new Gateway(`${name}-gateway`, gateway, data.options({ parent }));
    const known = hosts.filter((host) => typeof host === "string");
    const pieces = derivedNames(known, slug, OBJECT_NAME);
    const rules = hosts.map((host, index) => {
        const rule = data.tree(
            through((one, via) => buildDestinationRule(one, via, index)),
            (open) => outlineDestinationRule(name, open, index),
        );
        // A host that is known later only has no name to call the child by, but its place in the list.
        const piece = typeof host === "string" ? (pieces[known.indexOf(host)] as string) : String(index);
        return new DestinationRule(hosts.length === 1 ? `${name}-rule` : joinedName(name, "rule", piece), rule, data.options({ parent }));
    });
    const routes = data.tree(through(buildVirtualService), (open) => outlineVirtualService(name, open));
    new VirtualService(`${name}-routes`, routes, data.options({ parent, dependsOn: rules }));
}
