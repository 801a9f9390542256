/** `IngressGateway`: a proxy of its own at the edge of the cluster, which VirtualHosts and TcpRoutes then attach to. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checkUsers, registerAccess } from "../access";
import { gateOf, isLater, judge, mentionsUnknown, Owner, settle, UNKNOWN, type ObjectMetadata, type Settled } from "../arguments";
import { checkPems, issueCertificate, warnOfUsage, type Credential, type PemCheck } from "../certificate";
import type { GatewayRef } from "../gateway";
import type { DeclaredPorts, Ports } from "../ports";
import { Gateway } from "../resources";
import { demandArguments } from "../schema";
import {
    ingressStatusFaults,
    ingressStatusTrees,
    objectMetadata,
    refOutput,
    registerWorkload,
    transformFaults,
    workloadTrees,
    workloadWire,
    type IngressStatusManifests,
} from "../workload";
import { buildIngressClass, buildSharedGateway, ingressGatewayCandidates, outlineSharedGateway } from "./objects";
import {
    accessOrder,
    judgeIngressGateway,
    planIngressGateway,
    sharedKey,
    sharedName,
    sharedOf,
    takenByIngressGateway,
    type IngressGatewayData,
    type IngressGatewayPlan,
} from "./plan";
import { INGRESS_GATEWAY, type IngressGatewayArgs, type SharedTlsArgs } from "./schema";

/** What the children are called by is settled here, and not again once the hosts are known. */
function ingressWire(args: IngressGatewayArgs): object {
    const wire = workloadWire(INGRESS_GATEWAY, args) as { readonly tls?: readonly SharedTlsArgs[] };
    const keyed = (entry: SharedTlsArgs): SharedTlsArgs => {
        const { hosts } = entry;
        return Array.isArray(hosts) && isLater(hosts[0]) ? { ...entry, name: sharedKey(entry) } : entry;
    };
    return { ...wire, ...(wire.tls ? { tls: wire.tls.map(keyed) } : {}) };
}

export class IngressGateway<const P extends Ports = Record<never, never>> extends pulumi.ComponentResource {
    /** Plain data once it is there: export it, and routes of other stacks take it as their gateway. */
    readonly ref: pulumi.Output<GatewayRef<DeclaredPorts<P>>>;
    /** The load balancer's addresses, or the Service's DNS name where there is none. */
    readonly addresses: pulumi.Output<string[]>;
    readonly service: k8s.core.v1.Service;
    readonly deployment: k8s.apps.v1.Deployment;
    readonly serviceAccount: k8s.core.v1.ServiceAccount;

    constructor(name: string, args: IngressGatewayArgs<P>, opts?: pulumi.ComponentResourceOptions) {
        const owner = new Owner("IngressGateway", name, opts);
        demandArguments(owner.text, INGRESS_GATEWAY, args);
        const given = args as unknown as IngressGatewayArgs;
        const wire = ingressWire(given);
        const pems = (given.tls ?? []).map((entry, index) => checkPems(owner.text, `tls[${index}]`, entry, entry.hosts));
        const users = checkUsers(owner.text, "access.basicAuth", given.access?.basicAuth);
        const wrong = [...pems, users].flatMap(({ faults }) => faults);
        const plan = (all: IngressGatewayData): IngressGatewayPlan => planIngressGateway(name, all);
        const data = settle<IngressGatewayData>(
            owner,
            wire,
            (known) => {
                const judged = judgeIngressGateway(name, known, wrong);
                const faults = judge(owner, judged, ingressGatewayCandidates, takenByIngressGateway);
                if (faults.length > 0) return faults;
                const transforms = given.extraManifestTransforms;
                const beside = given.ingressClass ? ingressStatusFaults(plan(known), transforms) : [];
                return [...transformFaults(plan(known), transforms), ...beside];
            },
            gateOf(...pems.map(({ gate }) => gate), users.gate),
        );
        super("gatehouse:index:IngressGateway", name, wire, opts);
        given.tls?.forEach((entry, index) => warnOfUsage(this, `tls[${index}]`, entry));

        // No pod starts before there is what says who may pass.
        const protection = registerAccess({
            name,
            parent: this,
            data,
            access: given.access,
            providers: given.extensionProviders,
            order: (all) => accessOrder(plan(all)),
            outline: (known) => accessOrder(plan(known)),
        });
        const workload = registerWorkload(
            name,
            this,
            data,
            workloadTrees(owner.text, data, plan, given.extraManifestTransforms),
            given.rollout?.timeoutSeconds,
            protection,
        );
        owner.made(workload.deployment);
        if (given.ingressClass)
            registerIngressClass(name, this, data, ingressStatusTrees(owner.text, data, plan, given.extraManifestTransforms));
        if (given.tls && given.tls.length > 0) registerShared(name, this, data, given.tls, pems);

        this.ref = refOutput(data, plan, sharedOf) as pulumi.Output<GatewayRef<DeclaredPorts<P>>>;
        this.addresses = workload.addresses;
        this.service = workload.service;
        this.deployment = workload.deployment;
        this.serviceAccount = workload.serviceAccount;
        this.registerOutputs({ ref: this.ref, addresses: this.addresses });
    }
}

/** The class, and what writes the gateway's addresses into the status of its Ingresses. */
function registerIngressClass(
    name: string,
    parent: pulumi.Resource,
    data: Settled<IngressGatewayData>,
    built: IngressStatusManifests,
): void {
    const opts = data.options({ parent });
    const plan = (all: IngressGatewayData): IngressGatewayPlan => planIngressGateway(name, all);
    new k8s.networking.v1.IngressClass(
        `${name}-ingress-class`,
        data.tree((all) => buildIngressClass(plan(all))),
        opts,
    );
    const status = `${name}-ingress-status`;
    const access = [
        new k8s.core.v1.ServiceAccount(status, built.serviceAccount, opts),
        new k8s.rbac.v1.Role(status, built.role, opts),
        new k8s.rbac.v1.RoleBinding(status, built.roleBinding, opts),
        new k8s.rbac.v1.ClusterRole(status, built.clusterRole, opts),
        new k8s.rbac.v1.ClusterRoleBinding(status, built.clusterRoleBinding, opts),
    ];
    new k8s.apps.v1.Deployment(status, built.deployment, data.options({ parent, dependsOn: access }));
}

/** One Istio Gateway with a server for each entry, and the certificates of all of them. */
function registerShared(
    name: string,
    parent: pulumi.Resource,
    data: Settled<IngressGatewayData>,
    tls: readonly SharedTlsArgs[],
    pems: readonly PemCheck[],
): void {
    const credentials = tls.map((entry, index) => {
        const metadata = (all: IngressGatewayData): ObjectMetadata => {
            const gateway = objectMetadata(planIngressGateway(name, all));
            return { ...gateway, name: sharedName(gateway.name, entry) };
        };
        return issueCertificate(entry, {
            name: sharedName(name, entry),
            parent,
            authority: pems[index]?.authority,
            data,
            hosts: (all) => all.tls?.[index]?.hosts ?? [],
            metadata,
            // A name that is cut is made of the whole of it.
            outline: (known) => (mentionsUnknown(known.metadata?.name) ? { ...metadata(known), name: UNKNOWN } : metadata(known)),
        });
    });
    const gateway = data.with(credentials as readonly Credential[]).tree(
        ([all, found]) => buildSharedGateway(planIngressGateway(name, all), found),
        ([known, found]) => outlineSharedGateway(name, known, found),
    );
    new Gateway(`${name}-gateway`, gateway, data.options({ parent }));
}
