/** The annotations that Istio 1.31 knows, what each may stand at, and how its value reads (istio/api annotation, pkg/kube/inject/validate.go). */
import { goBool } from "../go-bool";
import { yamlValue } from "../yaml-value";
import { isRecord } from "../validation/outline";
import { isAddress } from "../ip-blocks";

export interface KnownAnnotation {
    /** Kinds, in Istio's order; none: any. */
    readonly kinds: readonly string[];
    readonly isDeprecated: boolean;
}

const DEPRECATED: ReadonlySet<string> = new Set([
    "alpha.istio.io/canonical-serviceaccounts",
    "alpha.istio.io/kubernetes-serviceaccounts",
    "sidecar.istio.io/discoveryAddress",
    "sidecar.istio.io/extraStatTags",
    "sidecar.istio.io/inject",
    "sidecar.istio.io/statsCompression",
    "sidecar.istio.io/statsInclusionPrefixes",
    "sidecar.istio.io/statsInclusionRegexps",
    "sidecar.istio.io/statsInclusionSuffixes",
    "traffic.sidecar.istio.io/kubevirtInterfaces",
]);

const under = (prefix: string, names: string): string[] => names.split(" ").map((name) => `${prefix}/${name}`);

const BY_KINDS: readonly (readonly [kinds: readonly string[], names: readonly string[]])[] = [
    [[], ["galley.istio.io/analyze-suppress", "gateway.istio.io/controller-version", "istio.io/rev", "sidecar.istio.io/status"]],
    [
        ["Pod"],
        [
            ...under("ambient.istio.io", "bypass-inbound-capture dns-capture redirection"),
            "inject.istio.io/templates",
            "istio.io/reroute-virtual-interfaces",
            "prometheus.istio.io/merge-metrics",
            "proxy.istio.io/config",
            "proxy.istio.io/overrides",
            "status.sidecar.istio.io/port",
            ...under("readiness.status.sidecar.istio.io", "applicationPorts failureThreshold initialDelaySeconds periodSeconds"),
            ...under(
                "sidecar.istio.io",
                "agentLogLevel bootstrapOverride componentLogLevel discoveryAddress extraStatTags inject interceptionMode logLevel nativeSidecar proxyCPU proxyCPULimit proxyImage proxyImageType" +
                    " proxyMemory proxyMemoryLimit rewriteAppHTTPProbers statsCompression statsEvictionInterval statsFlushInterval statsHistogramBins statsHistogramBuckets statsInclusionPrefixes statsInclusionRegexps" +
                    " statsInclusionSuffixes userVolume userVolumeMount",
            ),
            ...under(
                "traffic.sidecar.istio.io",
                "excludeInboundPorts excludeInterfaces excludeOutboundIPRanges excludeOutboundPorts includeInboundPorts includeOutboundIPRanges includeOutboundPorts kubevirtInterfaces",
            ),
        ],
    ],
    [
        ["Service"],
        [
            ...under("alpha.istio.io", "canonical-serviceaccounts kubernetes-serviceaccounts"),
            "networking.istio.io/exportTo",
            "traffic.istio.io/nodeSelector",
        ],
    ],
    [["Service", "ServiceEntry", "Namespace"], ["istio.io/use-waypoint-canary-weight"]],
    [["Namespace", "Service", "ServiceEntry"], ["networking.istio.io/traffic-distribution"]],
    [["Namespace"], ["topology.istio.io/controlPlaneClusters"]],
    [["Gateway"], [...under("gateway.istio.io", "name-override service-account"), "networking.istio.io/service-type"]],
    [["GatewayClass", "Gateway"], ["ambient.istio.io/waypoint-inbound-binding"]],
    [["WorkloadEntry"], under("istio.io", "autoRegistrationGroup connectedAt disconnectedAt workloadController")],
    [["AuthorizationPolicy"], ["istio.io/dry-run"]],
    [["Ingress"], ["kubernetes.io/ingress.class"]],
];

export const ISTIO_ANNOTATIONS: ReadonlyMap<string, KnownAnnotation> = new Map(
    BY_KINDS.flatMap(([kinds, names]) => names.map((name) => [name, { kinds, isDeprecated: DEPRECATED.has(name) }] as const)),
);

/** Whether Istio takes an annotation for one of its own. */
export function isIstioAnnotation(name: string): boolean {
    return name === "kubernetes.io/ingress.class" || (name.split("/")[0] ?? "").endsWith("istio.io");
}

const PORTS = "ports between commas, each 0 to 65535";
const RANGES = "CIDRs between commas, without spaces";
const WHOLE = "a whole number from 0 to 4294967295";
const QUANTITY = "a quantity, such as `100m` or `128Mi`";

function isWhole(text: string, max: number): boolean {
    return /^\d+$/.test(text) && Number(text) <= max;
}

function isPorts(text: string): boolean {
    return (
        text.trim() === "" ||
        text
            .trim()
            .split(",")
            .every((port) => isWhole(port.trim(), 65_535))
    );
}

function isRanges(text: string): boolean {
    return text === "" || text.split(",").every(isRange);
}

function isRange(text: string): boolean {
    return text.includes("/") && !text.includes("%") && isAddress(text);
}

function isQuantity(text: string): boolean {
    return /^[+-]?(\d+\.?\d*|\.\d*)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(text);
}

/** Of the proxy's configuration that it is one: what stands in it is Envoy's start, which no gateway here has. */
function isMapping(text: string): boolean {
    const read = yamlValue(text);
    return read !== undefined && "value" in read && (read.value === null || read.value === undefined || isRecord(read.value));
}

const READERS: Readonly<Record<string, readonly [wanted: string, takes: (text: string) => boolean]>> = {
    "sidecar.istio.io/interceptionMode": ["REDIRECT, TPROXY or NONE", (text) => ["REDIRECT", "TPROXY", "NONE"].includes(text)],
    "status.sidecar.istio.io/port": ["a port, 0 to 65535", (text) => isWhole(text.trim(), 65_535)],
    "readiness.status.sidecar.istio.io/initialDelaySeconds": [WHOLE, (text) => isWhole(text, 4_294_967_295)],
    "readiness.status.sidecar.istio.io/periodSeconds": [WHOLE, (text) => isWhole(text, 4_294_967_295)],
    "readiness.status.sidecar.istio.io/failureThreshold": [WHOLE, (text) => isWhole(text, 4_294_967_295)],
    "traffic.sidecar.istio.io/includeOutboundIPRanges": [`\`*\`, or ${RANGES}`, (text) => text === "*" || isRanges(text)],
    "traffic.sidecar.istio.io/excludeOutboundIPRanges": [RANGES, isRanges],
    "traffic.sidecar.istio.io/includeInboundPorts": [`\`*\`, or ${PORTS}`, (text) => text === "*" || isPorts(text)],
    "traffic.sidecar.istio.io/excludeInboundPorts": [PORTS, isPorts],
    "traffic.sidecar.istio.io/excludeOutboundPorts": [PORTS, isPorts],
    "prometheus.istio.io/merge-metrics": ["true or false", (text) => goBool(text) !== undefined],
    "sidecar.istio.io/proxyCPU": [QUANTITY, isQuantity],
    "sidecar.istio.io/proxyCPULimit": [QUANTITY, isQuantity],
    "sidecar.istio.io/proxyMemory": [QUANTITY, isQuantity],
    "sidecar.istio.io/proxyMemoryLimit": [QUANTITY, isQuantity],
    "proxy.istio.io/config": ["a mapping in YAML", isMapping],
};

/** What was wanted where a value is none; undefined where it is well. */
export function wantedOf(name: string, text: string): string | undefined {
    const [wanted, takes] = READERS[name] ?? [];
    return takes === undefined || takes(text) ? undefined : wanted;
}
