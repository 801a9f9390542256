/** `ExternalService`: names outside the cluster that workloads may call, straight or through an egress gateway. */
import * as pulumi from "@pulumi/pulumi";
import { derivedNames, joinedName, judge, OBJECT_NAME, Owner, settle, slug, type Settled } from "../arguments";
import type { AnyRef } from "../gateway";
import { DestinationRule, Gateway, ServiceEntry, VirtualService } from "../resources";
import { demandArguments, wireOf } from "../schema";
import { judgeExternalService, takenByExternalService } from "./judge";
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
import { extentOf, planExternalService, type ExternalServiceData, type ExternalServicePlan } from "./plan";
import { EXTERNAL_SERVICE, type ExternalPorts, type ExternalServiceArgs } from "./schema";

export class ExternalService<const M, const P extends ExternalPorts = ExternalPorts> extends pulumi.ComponentResource {
    constructor(name: string, args: ExternalServiceArgs<M, P>, opts?: pulumi.ComponentResourceOptions) {
        const owner = new Owner("ExternalService", name, opts);
        demandArguments(owner.text, EXTERNAL_SERVICE, args);
        const { hosts } = args;
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
        const extent = extentOf(args);
        if (extent.gateway) registerGateway(name, this, data);
        const rules = extent.rules ? registerRules(name, this, data, hosts) : [];
        if (extent.routes) registerRoutes(name, this, data, rules);
        this.registerOutputs({});
    }
}

const planned =
    <T>(name: string, build: (plan: ExternalServicePlan, via: AnyRef | undefined) => T) =>
    (all: ExternalServiceData): T =>
        build(planExternalService(name, all), all.via);

function registerGateway(name: string, parent: pulumi.Resource, data: Settled<ExternalServiceData>): void {
    const gateway = data.tree(
        planned(name, (plan, via) => buildGateway(plan, via as AnyRef)),
        (known) => outlineGateway(name, known),
    );
    new Gateway(`${name}-gateway`, gateway, data.options({ parent }));
}

function registerRules(
    name: string,
    parent: pulumi.Resource,
    data: Settled<ExternalServiceData>,
    hosts: readonly pulumi.Input<string>[],
): DestinationRule[] {
    const known = hosts.filter((host) => typeof host === "string");
    const pieces = derivedNames(known, slug, OBJECT_NAME);
    return hosts.map((host, index) => {
        const rule = data.tree(
            planned(name, (plan, via) => buildDestinationRule(plan, via, index)),
            (open) => outlineDestinationRule(name, open, index),
        );
        // A host that is known later only has no name to call the child by, but its place in the list.
        const piece = typeof host === "string" ? (pieces[known.indexOf(host)] as string) : String(index);
        return new DestinationRule(hosts.length === 1 ? `${name}-rule` : joinedName(name, "rule", piece), rule, data.options({ parent }));
    });
}

/** Rules for a host stand before the routes that lead to it: nobody then ever speaks to it in another way. */
function registerRoutes(
    name: string,
    parent: pulumi.Resource,
    data: Settled<ExternalServiceData>,
    rules: readonly DestinationRule[],
): void {
    const routes = data.tree(planned(name, buildVirtualService), (open) => outlineVirtualService(name, open));
    new VirtualService(`${name}-routes`, routes, data.options({ parent, dependsOn: [...rules] }));
}
