/** `VirtualHost`: hosts of an ingress gateway, their certificate and their HTTP routes. */
import * as pulumi from "@pulumi/pulumi";
import { demandArguments, knownPart, mentionsUnknown, Owner, settle } from "../arguments";
import { checkPems, issueCertificate, tlsWire, type Credential } from "../certificate";
import { routeWire } from "../destination";
import { refWire } from "../gateway";
import { Gateway, VirtualService } from "../resources";
import type { VirtualHostArgs } from "./args";
import { buildGateway, buildVirtualService, metadataOf, planVirtualHost, urlsOf, type VirtualHostData, type VirtualHostPlan } from "./build";
import { virtualHostFaults } from "./check";

function virtualHostWire<M>(args: VirtualHostArgs<M>): object {
    const { gateway, hosts, tls, http, namespace, httpPort, httpsPort, metadata } = args;
    return {
        gateway: refWire(gateway),
        hosts,
        ...(tls ? { tls: tlsWire(tls) } : {}),
        http: Array.isArray(http) ? http.map(routeWire) : http,
        namespace,
        httpPort,
        httpsPort,
        metadata,
    };
}

export class VirtualHost<const M> extends pulumi.ComponentResource {
    /** `https://shop.example.com/`, one for each host. */
    readonly urls: pulumi.Output<string[]>;
    /** The Secret that holds the certificate; undefined where the host has none of its own, or has it from files. */
    readonly credentialName: pulumi.Output<string | undefined>;

    constructor(name: string, args: VirtualHostArgs<M>, opts?: pulumi.ComponentResourceOptions) {
        const owner = new Owner("VirtualHost", name, opts);
        demandArguments(owner.text, args, { plain: ["tls"], lists: ["hosts", "http"] });
        const wire = virtualHostWire(args);
        const { tls, hosts } = args;
        const pems = tls && checkPems(owner.text, "tls", tls, hosts);
        const data = settle<VirtualHostData>(owner.text, wire, (known) => virtualHostFaults(owner, name, known, pems?.faults), pems?.gate);
        super("gatehouse:index:VirtualHost", name, wire, opts);

        const plan = data.apply((all) => planVirtualHost(name, all));
        const credential: pulumi.Output<Credential> = !tls ? pulumi.output({}) : issueCertificate(tls, {
            name,
            parent: this,
            authority: pems?.authority,
            hosts: plan.apply((one) => one.args.hosts),
            metadata: plan.apply((one) => metadataOf(one, one.args.gateway.namespace)),
        });

        registerGateway(name, this, plan, credential, tls ? true : needsGateway(name, wire));
        const virtualService = plan.apply((one) => buildVirtualService(one));
        owner.made(new VirtualService(`${name}-routes`, { metadata: virtualService.apply((one) => one.metadata), spec: virtualService.apply((one) => one.spec) }, { parent: this }));

        this.urls = plan.apply(urlsOf);
        this.credentialName = credential.apply((one) => one.credentialName);
        this.registerOutputs({ urls: this.urls, credentialName: this.credentialName });
    }
}

/** Whether the hosts need an Istio Gateway of their own; undefined where that hangs on a gateway that is not known yet. */
function needsGateway(name: string, wire: object): boolean | undefined {
    const known = knownPart(wire) as VirtualHostData;
    const { gateway, hosts, namespace } = known;
    if (typeof gateway !== "object" || mentionsUnknown([gateway.shared, gateway.namespace, hosts, namespace])) return undefined;
    return planVirtualHost(name, known).shared.length === 0;
}

function registerGateway(name: string, parent: pulumi.Resource, plan: pulumi.Output<VirtualHostPlan>, credential: pulumi.Output<Credential>, needed: boolean | undefined): void {
    const register = (): void => {
        const built = pulumi.all([plan, credential]).apply(([one, found]) => buildGateway(one as VirtualHostPlan, found));
        new Gateway(`${name}-gateway`, { metadata: built.apply((one) => one.metadata), spec: built.apply((one) => one.spec) }, { parent });
    };
    if (needed) register();
    // Only the gateway of another stack can leave this open, and only until its ref has been read.
    else if (needed === undefined) plan.apply((one) => { if (one.shared.length === 0) register(); });
}
