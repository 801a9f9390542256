/** `VirtualHost`: hosts of an ingress gateway, their certificate and their HTTP routes. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checkUsers, hasTokens, registerAccess, warnOfTokens } from "../access";
import { gateOf, joinedName, judge, mentionsUnknown, Owner, settle, type Fault, type Inputs, type Settled } from "../arguments";
import { checkPems, issueCertificate, warnOfUsage, type Credential } from "../certificate";
import { redirectMapName, withRedirectFile } from "../edge";
import { DestinationRule, Gateway, VirtualService } from "../resources";
import { demandArguments, wireOf } from "../schema";
import { buildBackendRule } from "./backends";
import { judgeVirtualHost, takenByVirtualHost } from "./judge";
import {
    backendsOutlined,
    buildGateway,
    buildRedirectMap,
    buildVirtualService,
    metadataOf,
    outlineAccess,
    outlineBackendRule,
    outlineGateway,
    outlineMetadata,
    outlineRedirectMap,
    outlineVirtualService,
    redirectMapsOutlined,
    virtualHostCandidates,
} from "./objects";
import { accessOrder, planVirtualHost, urlsOf, type VirtualHostData, type VirtualHostPlan } from "./plan";
import { VIRTUAL_HOST, type VirtualHostArgs } from "./schema";

export class VirtualHost<const M> extends pulumi.ComponentResource {
    /** `https://shop.example.com/`, one for each host. */
    readonly urls: pulumi.Output<string[]>;
    /** The Secret that holds the certificate; undefined where the host has none of its own, or has it from files. */
    readonly credentialName: pulumi.Output<string | undefined>;

    constructor(name: string, args: VirtualHostArgs<M>, opts?: pulumi.ComponentResourceOptions) {
        const owner = new Owner("VirtualHost", name, opts);
        demandArguments(owner.text, VIRTUAL_HOST, args);
        const wire = wireOf(VIRTUAL_HOST, args);
        const moved = withRedirectFile("redirects", args.redirects);
        const { tls, hosts } = args;
        const pems = tls && checkPems(owner.text, "tls", tls, hosts);
        const users = checkUsers(owner.text, "access.basicAuth", args.access?.basicAuth);
        const secrets = [...(pems?.faults ?? []), ...users.faults, ...moved.faults];
        const check = (known: VirtualHostData): Fault[] =>
            judge(owner, judgeVirtualHost(name, known, secrets), virtualHostCandidates, takenByVirtualHost);
        const data = settle(owner, moved.redirects ? { ...wire, redirects: moved.redirects } : wire, check, gateOf(pems?.gate, users.gate));
        super("gatehouse:index:VirtualHost", name, wire, opts);
        if (tls) warnOfUsage(this, "tls", tls);
        warnOfTokens(this, owner, data.known.gateway, hasTokens(args.access));

        const plan = (all: VirtualHostData): VirtualHostPlan => planVirtualHost(name, all);
        const credential: Inputs<Credential> = !tls
            ? {}
            : issueCertificate(tls, {
                  name,
                  parent: this,
                  authority: pems?.authority,
                  data,
                  hosts: (all) => plan(all).args.hosts,
                  metadata: (all) => metadataOf(plan(all), all.gateway.namespace),
                  outline: (known) => outlineMetadata(name, known),
              });

        // Nothing is served before there is what says to whom.
        const protection = registerAccess({
            name,
            parent: this,
            data,
            access: args.access,
            order: (all) => accessOrder(plan(all)),
            outline: (known) => outlineAccess(name, known),
        });
        registerGateway(name, this, data, credential, tls ? true : needsGateway(name, data.known));
        const virtualService = data.tree(
            (all) => buildVirtualService(plan(all)),
            (known) => outlineVirtualService(name, known),
        );
        const rules = registerBackends(name, this, data, args);
        const before = [...protection, ...rules, ...registerRedirects(name, this, data)];
        owner.made(new VirtualService(`${name}-routes`, virtualService, data.options({ parent: this, dependsOn: before })));

        this.urls = pulumi.output(data.value((all) => urlsOf(plan(all)))) as pulumi.Output<string[]>;
        this.credentialName = pulumi.output(credential.credentialName);
        this.registerOutputs({ urls: this.urls, credentialName: this.credentialName });
    }
}

/** ConfigMaps are there before the routes that name them. */
function registerRedirects(name: string, parent: pulumi.Resource, data: Settled<VirtualHostData>): k8s.core.v1.ConfigMap[] {
    return redirectMapsOutlined(name, data.known).map((table) => {
        const map = data.tree(
            (all) => buildRedirectMap(planVirtualHost(name, all), table),
            (known) => outlineRedirectMap(name, known, table),
        );
        return new k8s.core.v1.ConfigMap(redirectMapName(name, table), map, data.options({ parent }));
    });
}

/** Rules for a backend stand before the routes that lead to it. */
function registerBackends(
    name: string,
    parent: pulumi.Resource,
    data: Settled<VirtualHostData>,
    args: Pick<VirtualHostArgs<unknown>, "http" | "grpc">,
): DestinationRule[] {
    return backendsOutlined(name, data.known, args).map((backend) => {
        const rule = data.tree(
            (all) => buildBackendRule(planVirtualHost(name, all), backend),
            (known) => outlineBackendRule(name, known, backend),
        );
        return new DestinationRule(joinedName(name, "backend", backend.piece), rule, data.options({ parent }));
    });
}

/** Whether the hosts need an Istio Gateway of their own; undefined where that hangs on a gateway that is not known yet. */
function needsGateway(name: string, known: VirtualHostData): boolean | undefined {
    const { gateway, hosts, namespace, plainPorts = [] } = known;
    if (plainPorts.length > 0) return true;
    if (typeof gateway !== "object" || mentionsUnknown([gateway.shared, gateway.namespace, hosts, namespace])) return undefined;
    return planVirtualHost(name, known).ownGateway;
}

function registerGateway(
    name: string,
    parent: pulumi.Resource,
    data: Settled<VirtualHostData>,
    credential: Inputs<Credential>,
    needed: boolean | undefined,
): void {
    const register = (): void => {
        const gateway = data.with(credential as Credential).tree(
            ([all, found]) => buildGateway(planVirtualHost(name, all), found),
            ([known, found]) => outlineGateway(name, known, found),
        );
        new Gateway(`${name}-gateway`, gateway, data.options({ parent }));
    };
    if (needed) register();
    // Only the gateway of another stack can leave this open, and only until its ref has been read.
    else if (needed === undefined)
        data.later.apply((all) => {
            if (planVirtualHost(name, all).ownGateway) register();
        });
}
