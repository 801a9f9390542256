/**
 * Requests to proxies that applications ask for hosts of the outside: an egress gateway that is a forward proxy, and the one beside an
 * application. What comes of each is said by the objects: who is led through, and who may.
 */
import {
    allowedSources,
    forwardProxyGateways,
    isExportedTo,
    isHttpFamily,
    nameText,
    parseProtocol,
    refOf,
    refText,
    type GatewayObject,
    type KubeObject,
    type ServiceEntryObject,
    type SidecarObject,
} from "../../istio";
import { DEFAULT_ROOT_NAMESPACE } from "../../istio/semantics/root-namespace";
import { sidecarFor, type SidecarParts } from "../../istio/semantics/sidecars";
import { isServiceEntry } from "./external-entries";
import { LOOPBACK } from "./free-ports";
import type { PlannedOutbound } from "./plan";
import type { Expectation, ServedServer, Trial } from "./trial";

/** RFC 2606: nobody's. */
const NOBODYS = "nobody.invalid";
const FORBIDDEN: Expectation = { kind: "status", status: 403 };
/** Envoy's `block_all`. */
const BLOCKED: Expectation = { kind: "status", status: 502 };

const isSidecar = (object: KubeObject): object is SidecarObject =>
    object.kind === "Sidecar" && object.apiVersion.startsWith("networking.istio.io/");

function trial(proxy: number, protocol: Trial["protocol"], host: string, port: number, expect: Expectation, note?: string): Trial {
    const shape = { method: "GET", path: "/", headers: {} };
    return { protocol, host, port, proxy, shape, expect, untried: "", foretold: "", ...(note === undefined ? {} : { note }) };
}

/** One for each port of HTTP or TLS of each host. */
function entryTrials(proxy: number, entry: ServiceEntryObject): Trial[] {
    const { hosts, ports = [] } = entry.spec;
    // Nobody's pod has the address from which it is asked here.
    const isKept = allowedSources(entry.metadata.annotations) !== undefined;
    const expect: Expectation = isKept ? FORBIDDEN : { kind: "answer" };
    const note = isKept
        ? `${refText(refOf(entry))} lets pods through by their addresses, and 127.0.0.1 is no pod's: 403 here, whoever asks`
        : undefined;
    return hosts.flatMap((text) => {
        const host = text.replace(/^\*/, "any");
        return ports.flatMap(({ number, protocol = "" }): Trial[] => {
            const spoken = parseProtocol(protocol);
            if (spoken === "HTTPS" || spoken === "TLS") return [trial(proxy, "https", host, number, expect, note)];
            return spoken !== undefined && isHttpFamily(spoken) ? [trial(proxy, "http", host, number, expect, note)] : [];
        });
    });
}

interface ForwardProxySite {
    readonly objects: readonly KubeObject[];
    readonly gateway: GatewayObject;
    readonly port: number;
    /** Every public host is let through: what comes of one hangs on the outside. */
    readonly isOpen: boolean;
}

export function forwardProxyTrials({ objects, gateway, port, isOpen }: ForwardProxySite): Trial[] {
    const own = nameText(refOf(gateway));
    const led = objects.filter(isServiceEntry).filter(({ metadata }) => forwardProxyGateways(metadata.annotations).includes(own));
    return [...led.flatMap((entry) => entryTrials(port, entry)), ...(isOpen ? [] : [trial(port, "http", NOBODYS, 80, FORBIDDEN)])];
}

/** What an application reaches by the proxy beside it. */
export function outboundServer(
    { workload, port }: PlannedOutbound,
    objects: readonly KubeObject[],
    rootNamespace: string = DEFAULT_ROOT_NAMESPACE,
): ServedServer {
    const { namespace, name } = workload.ref;
    const seen = objects
        .filter(isServiceEntry)
        .filter((entry) => isExportedTo(entry.spec.exportTo, entry.metadata.namespace ?? "default", namespace));
    const own = sidecarFor(objects.filter(isSidecar), partsOf, { namespace, labels: workload.labels, rootNamespace });
    const policy = own?.spec.outboundTrafficPolicy;
    // Said without a mode it is that of the number 0.
    const closed = policy !== undefined && (policy.mode ?? "REGISTRY_ONLY") === "REGISTRY_ONLY";
    return {
        gateway: `${namespace}/${name}`,
        server: "http-proxy",
        protocol: "HTTP",
        declaredPort: port,
        address: LOOPBACK,
        port,
        hosts: [...new Set(seen.flatMap(({ spec }) => spec.hosts))],
        tls: "",
        versions: [],
        url: `http://${LOOPBACK}:${port}`,
        trials: [...seen.flatMap((entry) => entryTrials(port, entry)), ...(closed ? [trial(port, "http", NOBODYS, 80, BLOCKED)] : [])],
        access: [],
    };
}

const partsOf = ({ metadata, spec }: SidecarObject): SidecarParts => ({
    namespace: metadata.namespace ?? "default",
    selector: spec.workloadSelector?.labels,
});
