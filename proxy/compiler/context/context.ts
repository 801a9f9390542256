/** What every step of a compilation shares. */
import { trustDomainsOf } from "../../../istio/semantics/authorization";
import { meshIngressOf, type MeshIngress } from "../../../istio/semantics/ingress";
import { meshUpgradesToHttp2 } from "../../../istio/semantics/http2-upgrade";
import { meshHttpProxyPort, meshOutboundMode } from "../../../istio/semantics/outbound-traffic";
import {
    HOSTNAME_LABEL,
    localityOfNode,
    localityOfPod,
    meshLocalityOf,
    topologyLabels,
    type MeshLocality,
} from "../../../istio/semantics/locality";
import type { GatewayOptions } from "../../../istio/semantics/gateway-options";
import { gatewayOptionsOfMesh, gatewayOptionsOfProxyConfig, mergedOptions } from "../../../istio/semantics/proxy-config";
import { isMeshConfigMap, meshOf, rootNamespaceOf } from "../../../istio/semantics/root-namespace";
import type { OutboundMode } from "../../../istio/semantics/sidecars";
import { trustedProxiesOf, trustedProxiesOfConfig } from "../../../istio/semantics/trusted-proxies";
import type { FileContent } from "../../resources/placed-object";
import type { FetchedKeySet } from "../../tables/access";
import type { SecretEntry } from "../../tables/entries";
import type { Graph, Input } from "../graph/graph";
import type { CompileInput } from "./input";
import { subjectText, type Subject } from "./place";
import type { CompilerReport } from "./report";
import type { Said } from "./said";

/** `gateway`: what Gateways declare is served. `mesh`: what an application sends out. */
export type ProxyMode = "gateway" | "mesh";

export interface CompilerSettings {
    readonly mode: ProxyMode;
    /** What becomes of traffic that nothing is known of, where no Sidecar says. */
    readonly outboundMode: OutboundMode;
    /** Where an application finds its HTTP proxy. */
    readonly httpProxy?: PlaceOfPort;
    /** Where the pod's rules send what its application connects to. */
    readonly transparent?: PlaceOfPort;
    readonly labels: Readonly<Record<string, string>>;
    /** Without labels the proxy is nobody in particular, and serves every Gateway. */
    readonly servesAll: boolean;
    readonly namespace: string;
    readonly domain: string;
    readonly rootNamespace: string;
    readonly trustedProxies: number;
    /** What the pod's own ProxyConfig says, and of all gateways the mesh's. */
    readonly gatewayOptions: GatewayOptions;
    /** The pod's own; undefined: it has none. */
    readonly proxyConfig: unknown;
    readonly ingress: MeshIngress;
    /** Ports of HTTP are spoken to in HTTP/2, where no rule says otherwise. */
    readonly upgradesToHttp2: boolean;
    /** Of the mesh: its own, and those that stand for it. */
    readonly trustDomains: readonly string[];
    /** Where it runs: `region/zone/subzone`, as far as it is known, and the labels of its pod with those of the topology. */
    readonly whereabouts: { readonly locality: string; readonly labels: Readonly<Record<string, string>> };
    /** How the place of endpoints counts where no rule says it. */
    readonly meshLocality: MeshLocality;
    readonly isNamespaceGuessed: boolean;
    readonly ignoreSecurityPolicies: boolean;
    readonly isBeforeAdmission: boolean;
}

/** An address to listen on, and a port. */
export interface PlaceOfPort {
    readonly address: string;
    readonly port: number;
}

export interface CompilerContext {
    readonly settings: CompilerSettings;
    readonly graph: Graph<Said>;
    readonly report: CompilerReport;
    readonly files: Input<ReadonlyMap<string, FileContent>>;
    readonly previousSecrets: Input<ReadonlyMap<string, SecretEntry>>;
    readonly keySets: Input<ReadonlyMap<string, FetchedKeySet>>;
}

export function settingsOf(input: CompileInput): CompilerSettings {
    const labels = input.labels ?? {};
    const mesh = input.objects.find(({ object }) => isMeshConfigMap(object))?.object;
    return {
        mode: input.mode ?? "gateway",
        outboundMode: meshOutboundMode(mesh),
        ...(input.mode === "mesh" ? doorsOf(input, meshHttpProxyPort(mesh)) : {}),
        labels,
        servesAll: Object.keys(labels).length === 0,
        namespace: input.namespace,
        domain: input.domain ?? "cluster.local",
        rootNamespace: input.rootNamespace ?? rootNamespaceOf(mesh),
        trustedProxies: input.trustedProxies ?? trustedProxiesOfConfig(input.proxyConfig) ?? trustedProxiesOf(mesh) ?? 0,
        gatewayOptions: mergedOptions(gatewayOptionsOfMesh(meshOf(mesh)), gatewayOptionsOfProxyConfig(input.proxyConfig)),
        proxyConfig: input.proxyConfig,
        ingress: meshIngressOf(mesh),
        upgradesToHttp2: meshUpgradesToHttp2(mesh),
        trustDomains: trustDomainsOf(mesh),
        whereabouts: whereaboutsOf(input, labels),
        meshLocality: meshLocalityOf(mesh),
        isNamespaceGuessed: input.isNamespaceGuessed ?? false,
        ignoreSecurityPolicies: input.ignoreSecurityPolicies ?? false,
        isBeforeAdmission: input.isBeforeAdmission ?? false,
    };
}

/** Istio opens the proxy's port for the pod alone. */
const LOOPBACK = "127.0.0.1";

function doorsOf({ httpProxy, transparent }: CompileInput, meshPort: number): Pick<CompilerSettings, "httpProxy" | "transparent"> {
    const proxy = httpProxy ?? (meshPort > 0 ? { address: LOOPBACK, port: meshPort } : undefined);
    return { ...(proxy ? { httpProxy: proxy } : {}), ...(transparent ? { transparent } : {}) };
}

/** What was said, else what the pod's labels say, else those of its node. */
function whereaboutsOf(
    { locality, node, objects }: CompileInput,
    labels: Readonly<Record<string, string>>,
): CompilerSettings["whereabouts"] {
    const said = locality || localityOfPod(labels);
    const ofNode =
        node === undefined ? undefined : objects.find(({ object }) => object.kind === "Node" && object.metadata.name === node)?.object;
    const place = said || localityOfNode(ofNode?.metadata.labels ?? {});
    return { locality: place, labels: { ...(node === undefined ? {} : { [HOSTNAME_LABEL]: node }), ...topologyLabels(place), ...labels } };
}

/**
 * One object must never take the others down: a fault of the compiler's own leaves out what it was working on and is
 * reported like any other.
 */
export function guarded<T>(context: CompilerContext, about: Subject, field: string, fallback: T, work: () => T): T {
    try {
        return work();
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        context.report.add(
            "GH0459",
            about,
            field,
            `${subjectText(about)} could not be compiled: ${reason}.`,
            "Please report this with the object.",
        );
        return fallback;
    }
}
