/** `ExternalService`: names outside the cluster that workloads may call, straight or through an egress gateway. */
import * as pulumi from "@pulumi/pulumi";
import { demandArguments, derivedNames, OBJECT_NAME, Owner, settle, slug } from "../arguments";
import { refWire } from "../gateway";
import { DestinationRule, Gateway, ServiceEntry, VirtualService } from "../resources";
import type { AnyRef } from "../gateway";
import type { ExternalPorts, ExternalServiceArgs } from "./args";
import { buildDestinationRule, buildGateway, buildServiceEntry, buildVirtualService } from "./build";
import { externalServiceFaults } from "./check";
import { planExternalService, type ExternalServiceData, type ExternalServicePlan } from "./plan";

export class ExternalService<const M, const P extends ExternalPorts = ExternalPorts> extends pulumi.ComponentResource {
    constructor(name: string, args: ExternalServiceArgs<M, P>, opts?: pulumi.ComponentResourceOptions) {
        const owner = new Owner("ExternalService", name, opts);
        demandArguments(owner.text, args, { plain: ["ports"], lists: ["hosts"] });
        const { hosts, ports, endpoints, addresses, via, tls, namespace, exportTo, metadata } = args;
        const wire = { hosts, ports, endpoints, addresses, via: via === undefined ? undefined : refWire(via), tls, namespace, exportTo, metadata };
        const data = settle<ExternalServiceData>(owner.text, wire, (known) => externalServiceFaults(owner, name, known));
        super("gatehouse:index:ExternalService", name, wire, opts);

        const plan = data.apply((all) => planExternalService(name, all));
        const entry = plan.apply(buildServiceEntry);
        owner.made(new ServiceEntry(`${name}-entry`, { metadata: entry.apply((one) => one.metadata), spec: entry.apply((one) => one.spec) }, { parent: this }));
        if (via !== undefined) registerGateway(name, this, plan, hosts);
        this.registerOutputs({});
    }
}

/** Rules for a host stand before the routes that lead to it: the gateway then never speaks to it in another way. */
function registerGateway(name: string, parent: pulumi.Resource, plan: pulumi.Output<ExternalServicePlan>, hosts: readonly pulumi.Input<string>[]): void {
    const through = <T>(build: (plan: ExternalServicePlan, via: AnyRef) => T): pulumi.Output<T> =>
        plan.apply((one) => build(one, one.args.via as AnyRef)) as pulumi.Output<T>;
    const gateway = through(buildGateway);
    new Gateway(`${name}-gateway`, { metadata: gateway.apply((one) => one.metadata), spec: gateway.apply((one) => one.spec) }, { parent });
    const known = hosts.filter((host) => typeof host === "string");
    const pieces = derivedNames(known, slug, OBJECT_NAME);
    const rules = hosts.map((host, index) => {
        const rule = through((one, via) => buildDestinationRule(one, via, one.args.hosts[index] ?? ""));
        // A host that is known later only has no name to call the child by, but its place in the list.
        const suffix = hosts.length === 1 ? "rule" : `rule-${typeof host === "string" ? pieces[known.indexOf(host)] : index}`;
        return new DestinationRule(`${name}-${suffix}`, { metadata: rule.apply((one) => one.metadata), spec: rule.apply((one) => one.spec) }, { parent });
    });
    const routes = through(buildVirtualService);
    new VirtualService(`${name}-routes`, { metadata: routes.apply((one) => one.metadata), spec: routes.apply((one) => one.spec) }, { parent, dependsOn: rules });
}
