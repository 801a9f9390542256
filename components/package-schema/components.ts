/**
 * Every public component with the schema of its arguments and what it gives back: the one list that the pages and the package
 * schema are made of.
 */
import type * as pulumi from "@pulumi/pulumi";
import { CERTIFICATE_AUTHORITY } from "../certificate-authority/schema";
import type { CertificateAuthority } from "../certificate-authority";
import { EGRESS_GATEWAY } from "../egress-gateway/schema";
import type { EgressGateway } from "../egress-gateway";
import { EXTERNAL_SERVICE } from "../external-service/schema";
import type { ExternalService } from "../external-service";
import { GATEWAY_REF } from "../gateway";
import { GATEWAY_IMAGE } from "../image/schema";
import type { GatewayImage } from "../image";
import { INGRESS_GATEWAY } from "../ingress-gateway/schema";
import type { IngressGateway } from "../ingress-gateway";
import { ISTIO_CRDS } from "../istio-crds/schema";
import type { IstioCrds } from "../istio-crds";
import type { AnyPorts, Ports } from "../ports";
import type { ArgumentField, ListArgument, ObjectArgument, TextArgument } from "../schema";
import { GATEWAY_MONITORING } from "../gateway-monitoring/schema";
import type { GatewayMonitoring } from "../gateway-monitoring";
import { TCP_ROUTE } from "../tcp-route/schema";
import type { TcpRoute } from "../tcp-route";
import { VIRTUAL_HOST } from "../virtual-host/schema";
import type { VirtualHost } from "../virtual-host";

/** A resource of another package. */
export interface ResourceOutput {
    readonly type: "resource";
    /** `core/v1:Service`. */
    readonly token: string;
    readonly doc: string;
}

export type Output = (ArgumentField | ResourceOutput) & {
    /** It may be undefined. */
    readonly optional?: true;
};

/** What a component has beside what every component has. */
type OutputsOf<C> = { readonly [K in Exclude<keyof C, keyof pulumi.ComponentResource>]: Output };

export interface ComponentSchema<C = unknown> {
    readonly args: ObjectArgument;
    readonly outputs: [unknown] extends [C] ? Readonly<Record<string, Output>> : OutputsOf<C>;
}

const text = (doc: string): TextArgument => ({ type: "text", doc });
const texts = (doc: string): ListArgument => ({ type: "list", doc, of: { type: "text", doc: "" } });

const WORKLOAD = {
    ref: {
        type: "rich",
        called: "GatewayRef",
        twin: GATEWAY_REF,
        doc: "Plain data once it is there: export it, and other stacks go through this gateway.",
    },
    service: { type: "resource", token: "core/v1:Service", doc: "The Service in front of the gateway's pods." },
    deployment: { type: "resource", token: "apps/v1:Deployment", doc: "The Deployment of the gateway's pods." },
    serviceAccount: { type: "resource", token: "core/v1:ServiceAccount", doc: "The account that the gateway's pods run as." },
} as const satisfies Readonly<Record<string, Output>>;

interface Components {
    readonly CertificateAuthority: CertificateAuthority;
    readonly IngressGateway: IngressGateway<Ports>;
    readonly VirtualHost: VirtualHost<AnyPorts>;
    readonly TcpRoute: TcpRoute<AnyPorts>;
    readonly EgressGateway: EgressGateway<Ports>;
    readonly ExternalService: ExternalService<AnyPorts>;
    readonly GatewayImage: GatewayImage;
    readonly IstioCrds: IstioCrds;
    readonly GatewayMonitoring: GatewayMonitoring<AnyPorts>;
}

export const COMPONENTS: { readonly [Name in keyof Components]: ComponentSchema<Components[Name]> } = {
    CertificateAuthority: {
        args: CERTIFICATE_AUTHORITY,
        outputs: {
            certificatePem: text("What clients are told to trust."),
            privateKeyPem: { ...text("A secret: `Certificate.signedBy` signs with it."), secret: true },
        },
    },
    IngressGateway: {
        args: INGRESS_GATEWAY,
        outputs: { ...WORKLOAD, addresses: texts("The load balancer's addresses, or the Service's DNS name where there is none.") },
    },
    VirtualHost: {
        args: VIRTUAL_HOST,
        outputs: {
            urls: texts("`https://shop.example.com/`, one for each host."),
            credentialName: {
                ...text("The Secret that holds the certificate; undefined where the host has none of its own, or has it from files."),
                optional: true,
            },
        },
    },
    TcpRoute: { args: TCP_ROUTE, outputs: {} },
    EgressGateway: {
        args: EGRESS_GATEWAY,
        outputs: {
            ...WORKLOAD,
            addresses: texts("The Service's DNS name, or a load balancer's addresses."),
            proxyUrl: {
                ...text("For HTTP_PROXY and HTTPS_PROXY of applications; undefined where it is no forward proxy."),
                optional: true,
            },
        },
    },
    ExternalService: { args: EXTERNAL_SERVICE, outputs: {} },
    GatewayMonitoring: { args: GATEWAY_MONITORING, outputs: {} },
    GatewayImage: {
        args: GATEWAY_IMAGE,
        outputs: { ref: text("For the `image` of gateways. Pinned by its digest, but for an image that was only loaded into a daemon.") },
    },
    IstioCrds: {
        args: ISTIO_CRDS,
        outputs: { names: texts("The names of the definitions: `gateways.networking.istio.io` and so on.") },
    },
};
