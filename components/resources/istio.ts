/**
 * Istio's kinds as typed resources. CustomResource itself takes any field and has no type token of its own, so policies
 * could not ask for "every Gateway"; each class here has the token and the shape of its spec.
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type * as istio from "../../istio";
import { crdKey, programRegister } from "../arguments";
import { missingCrdsHook } from "./missing-crds";

export interface IstioArgs<Spec> {
    readonly metadata: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
    readonly spec: pulumi.Input<Spec>;
}

const NETWORKING = "networking.istio.io/v1";
const SECURITY = "security.istio.io/v1";
const TELEMETRY = "telemetry.istio.io/v1";

/**
 * The older names of an API version are the same object: a move between them must not replace it. An object waits for the
 * definition of its kind where the program installs that too, and says how to get it where nobody does.
 */
function withOptions(
    kind: string,
    group: string,
    versions: readonly string[],
    opts?: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
    const definition = programRegister().crds.get(
        crdKey(kind, opts?.provider ?? opts?.parent?.getProvider(`kubernetes:${group}/v1:${kind}`)),
    );
    const onError = missingCrdsHook(opts?.parent);
    return pulumi.mergeOptions(opts, {
        aliases: versions.map((version) => ({ type: `kubernetes:${group}/${version}:${kind}` })),
        ...(definition ? { dependsOn: [definition] } : {}),
        ...(onError ? { hooks: { onError: [onError] } } : {}),
    });
}

const networkingOptions = (kind: string, opts?: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions =>
    withOptions(kind, "networking.istio.io", ["v1beta1", "v1alpha3"], opts);

export class Gateway extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = `kubernetes:${NETWORKING}:Gateway`;
    constructor(name: string, args: IstioArgs<istio.Gateway>, opts?: pulumi.CustomResourceOptions) {
        super(name, { apiVersion: NETWORKING, kind: "Gateway", ...args }, networkingOptions("Gateway", opts));
    }
}

export class VirtualService extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = `kubernetes:${NETWORKING}:VirtualService`;
    constructor(name: string, args: IstioArgs<istio.VirtualService>, opts?: pulumi.CustomResourceOptions) {
        super(name, { apiVersion: NETWORKING, kind: "VirtualService", ...args }, networkingOptions("VirtualService", opts));
    }
}

export class ServiceEntry extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = `kubernetes:${NETWORKING}:ServiceEntry`;
    constructor(name: string, args: IstioArgs<istio.ServiceEntry>, opts?: pulumi.CustomResourceOptions) {
        super(name, { apiVersion: NETWORKING, kind: "ServiceEntry", ...args }, networkingOptions("ServiceEntry", opts));
    }
}

export class DestinationRule extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = `kubernetes:${NETWORKING}:DestinationRule`;
    constructor(name: string, args: IstioArgs<istio.DestinationRule>, opts?: pulumi.CustomResourceOptions) {
        super(name, { apiVersion: NETWORKING, kind: "DestinationRule", ...args }, networkingOptions("DestinationRule", opts));
    }
}

export class Sidecar extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = `kubernetes:${NETWORKING}:Sidecar`;
    constructor(name: string, args: IstioArgs<istio.Sidecar>, opts?: pulumi.CustomResourceOptions) {
        super(name, { apiVersion: NETWORKING, kind: "Sidecar", ...args }, networkingOptions("Sidecar", opts));
    }
}

export class AuthorizationPolicy extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = `kubernetes:${SECURITY}:AuthorizationPolicy`;
    constructor(name: string, args: IstioArgs<istio.AuthorizationPolicy>, opts?: pulumi.CustomResourceOptions) {
        super(
            name,
            { apiVersion: SECURITY, kind: "AuthorizationPolicy", ...args },
            withOptions("AuthorizationPolicy", "security.istio.io", ["v1beta1"], opts),
        );
    }
}

export class RequestAuthentication extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = `kubernetes:${SECURITY}:RequestAuthentication`;
    constructor(name: string, args: IstioArgs<istio.RequestAuthentication>, opts?: pulumi.CustomResourceOptions) {
        super(
            name,
            { apiVersion: SECURITY, kind: "RequestAuthentication", ...args },
            withOptions("RequestAuthentication", "security.istio.io", ["v1beta1"], opts),
        );
    }
}

export class Telemetry extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = `kubernetes:${TELEMETRY}:Telemetry`;
    constructor(name: string, args: IstioArgs<istio.Telemetry>, opts?: pulumi.CustomResourceOptions) {
        super(
            name,
            { apiVersion: TELEMETRY, kind: "Telemetry", ...args },
            withOptions("Telemetry", "telemetry.istio.io", ["v1alpha1"], opts),
        );
    }
}
