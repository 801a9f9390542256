/** `EgressGateway`: the one way out of the cluster, for what ExternalServices name. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { joinedName, judge, Owner, settle, type Made } from "../arguments";
import type { GatewayRef } from "../gateway";
import type { DeclaredPorts, Ports } from "../ports";
import { Gateway, Sidecar } from "../resources";
import { demandArguments } from "../schema";
import type * as istio from "../../istio";
import { refOutput, registerWorkload, transformFaults, workloadTrees, workloadWire } from "../workload";
import { buildEnforcement, buildForwardProxy, buildNamespacePolicy, buildOwnPolicy, egressGatewayCandidates } from "./objects";
import {
    enforcedNamespaces,
    forwardProxyPort,
    judgeEgressGateway,
    planEgressGateway,
    proxyUrlOf,
    takenByEgressGateway,
    type EgressGatewayData,
    type EgressGatewayPlan,
} from "./plan";
import { EGRESS_GATEWAY, type EgressGatewayArgs } from "./schema";

export class EgressGateway<const P extends Ports = Record<never, never>> extends pulumi.ComponentResource {
    /** Plain data once it is there: export it, and ExternalServices of other stacks go through this gateway. */
    readonly ref: pulumi.Output<GatewayRef<DeclaredPorts<P>, "egress">>;
    /** The Service's DNS name, or a load balancer's addresses. */
    readonly addresses: pulumi.Output<string[]>;
    /** For HTTP_PROXY and HTTPS_PROXY of applications; undefined where it is no forward proxy. */
    readonly proxyUrl: pulumi.Output<string | undefined>;
    readonly service: k8s.core.v1.Service;
    readonly deployment: k8s.apps.v1.Deployment;
    readonly serviceAccount: k8s.core.v1.ServiceAccount;

    constructor(name: string, args: EgressGatewayArgs<P>, opts?: pulumi.ComponentResourceOptions) {
        const owner = new Owner("EgressGateway", name, opts);
        demandArguments(owner.text, EGRESS_GATEWAY, args);
        const given = args as unknown as EgressGatewayArgs;
        const wire = workloadWire(EGRESS_GATEWAY, given);
        const plan = (all: EgressGatewayData): EgressGatewayPlan => planEgressGateway(name, all);
        const data = settle<EgressGatewayData>(owner, wire, (known) => {
            const faults = judge(owner, judgeEgressGateway(name, known), egressGatewayCandidates, takenByEgressGateway);
            return faults.length > 0 ? faults : transformFaults(plan(known), given.extraManifestTransforms);
        });
        super("gatehouse:index:EgressGateway", name, wire, opts);

        const workload = registerWorkload(
            name,
            this,
            data,
            workloadTrees(owner.text, data, plan, given.extraManifestTransforms),
            given.rollout?.timeoutSeconds,
        );
        owner.made(workload.deployment);
        const policy = (child: string, build: (all: EgressGatewayData) => Made<istio.Sidecar>): Sidecar =>
            new Sidecar(child, data.tree(build), data.options({ parent: this }));
        if (given.dataPlane !== "istio") policy(`${name}-policy`, (all) => buildOwnPolicy(plan(all)));
        for (const namespace of given.applyTo ?? [])
            policy(joinedName(name, "policy", namespace), (all) => buildNamespacePolicy(plan(all), namespace));
        if (forwardProxyPort(given) !== undefined)
            new Gateway(
                `${name}-forward-proxy`,
                data.tree((all) => buildForwardProxy(plan(all))),
                data.options({ parent: this }),
            );
        for (const namespace of enforcedNamespaces(given) ?? [])
            new k8s.networking.v1.NetworkPolicy(
                joinedName(name, "only-way-out", namespace),
                data.tree((all) => buildEnforcement(plan(all), namespace)),
                // Nobody is held to a way that is not there yet.
                data.options({ parent: this, dependsOn: [workload.deployment, workload.service] }),
            );

        this.ref = refOutput(data, plan) as pulumi.Output<GatewayRef<DeclaredPorts<P>, "egress">>;
        this.addresses = workload.addresses;
        this.proxyUrl = pulumi.output(data.value((all) => proxyUrlOf(plan(all))));
        this.service = workload.service;
        this.deployment = workload.deployment;
        this.serviceAccount = workload.serviceAccount;
        this.registerOutputs({ ref: this.ref, addresses: this.addresses, proxyUrl: this.proxyUrl });
    }
}
