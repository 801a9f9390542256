/** The clusters that routes use, with their endpoints: what policies say of them, the proxy's defaults for the rest. */
import { isDeepStrictEqual } from "node:util";
import { isHttp2Family } from "../../../istio/ports";
import { isUpgradedByMesh } from "../../../istio/semantics/http2-upgrade";
import { MESH_CONFIG_MAP } from "../../../istio/semantics/root-namespace";
import { compareText } from "../../resources/text-order";
import type { ClusterEntry, EndpointsEntry, HashEntry, UpstreamTlsEntry } from "../../tables/clusters";
import { guarded, type CompilerContext } from "../context/context";
import type { ClusterUse } from "../context/said";
import type { CredentialUser } from "../context/credential";
import type { Family, Input, Value } from "../graph/graph";
import { sameList, sameOr } from "../graph/lists";
import type { UsedCredentials } from "./used-credentials";
import type {
    BackendEndpoint,
    BackendPolicy,
    BackendTls,
    Balancing,
    HostDefinition,
    HostPort,
    Limits,
    PolicySource,
} from "./model/backends";
import type { CredentialRef } from "./model/credentials";
import { egressAddresses, egressFields, type EgressAddresses } from "./egress-clusters";
import { placedEndpoints } from "./localities";
import { NAMED_DESTINATION, ORIGINAL_DESTINATION } from "./model/rules";
import { originOf } from "./origin";
import type { Registry } from "./registry";

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 3_600_000;
const UNBOUNDED = 2 ** 32 - 1;

export interface BuiltCluster {
    readonly cluster: ClusterEntry;
    readonly endpoints: EndpointsEntry;
}

type Spoken = Pick<ClusterEntry, "protocol" | "protocolBy">;
const NO_HTTP: Spoken = { protocol: "tcp" };

type Uses = ReadonlyMap<string, ClusterUse>;

export class ClusterBuilder {
    readonly #context: CompilerContext;
    readonly #registry: Registry;
    readonly #policies: PolicySource;
    readonly #credentials: UsedCredentials;
    readonly #uses: Input<Uses>;
    readonly #made: Family<string, BuiltCluster | undefined>;
    readonly #all: Value<readonly BuiltCluster[]>;

    constructor(context: CompilerContext, registry: Registry, policies: PolicySource, credentials: UsedCredentials) {
        this.#context = context;
        this.#registry = registry;
        this.#policies = policies;
        this.#credentials = credentials;
        const { graph } = context;
        this.#uses = graph.input<Uses>(new Map());
        const useOf = graph.lookup(this.#uses, (uses, key: string) => uses.get(key), isDeepStrictEqual);
        this.#made = graph.family(
            (key, previous) => {
                const use = useOf.get(key);
                const built = use && this.#buildOnce(use);
                return built && keepSame(previous, built);
            },
            (a, b) => a?.cluster === b?.cluster && a?.endpoints === b?.endpoints,
        );
        this.#all = graph.value(() => [...this.#uses.get().keys()].flatMap((key) => this.#made.get(key) ?? []), sameList);
    }

    /** What nothing defines has no cluster: requests to it get 503. */
    build(uses: Uses): readonly BuiltCluster[] {
        this.#uses.set(uses);
        return this.#all.get();
    }

    #buildOnce(use: ClusterUse): BuiltCluster | undefined {
        if (use.key === ORIGINAL_DESTINATION) return unknownCluster(use.key, { discovery: "original" });
        if (use.key === NAMED_DESTINATION) return unknownCluster(use.key, { discovery: "dynamic", dynamic: { hosts: ["*"], port: 0 } });
        if (use.host === "*") return anyCluster(use, this.#context.settings.namespace);
        for (const definition of this.#registry.lookup(use.host)) {
            const port = portOf(definition, use.port);
            if (port) return guarded(this.#context, definition.subject, port.field, undefined, () => this.#buildFor(use, definition, port));
        }
        return undefined;
    }

    #buildFor(use: ClusterUse, definition: HostDefinition, port: HostPort): BuiltCluster | undefined {
        const policy = this.#policies.policyOf(definition, use.host, use.subset, use.port);
        if (policy === undefined) return undefined;
        const tls = policy.tls && use.tunnel === undefined ? this.#tlsEntry(policy.tls, definition) : undefined;
        const spoken = use.http ? this.#httpProtocol(policy, port) : NO_HTTP;
        const { discovery, endpoints, dynamic } = this.#isPassthrough(policy)
            ? MEANT
            : egressAddresses(use, definition, port, policy.labels);
        const placed = placedEndpoints(sorted(endpoints), policy.place, this.#context.settings.whereabouts);
        return {
            cluster: {
                key: use.key,
                ...balancing(policy, definition),
                ...(placed.localityWeights ? { localityWeights: placed.localityWeights } : {}),
                ...(placed.zoneAware ? { zoneAware: placed.zoneAware } : {}),
                ...spoken,
                ...connectionLimits(policy.limits, use.http),
                ...policy.health,
                ...(policy.tunnel && !use.http ? { tunnel: policy.tunnel } : {}),
                ...(policy.proxyProtocol ? { proxyProtocol: policy.proxyProtocol } : {}),
                ...(spoken.protocol === "http2" ? streamLimits(policy.limits) : {}),
                ...(tls ? { tls } : {}),
                discovery,
                ...(dynamic ? { dynamic } : {}),
                ...egressFields(this.#context, definition),
                ...(policy.rules ? { rules: policy.rules } : {}),
                origin: originOf(definition.subject, port.field),
            },
            endpoints: { key: use.key, endpoints: placed.endpoints },
        };
    }

    /** What a gateway's clients meant to reach is the gateway. */
    #isPassthrough({ isPassthrough }: BackendPolicy): boolean {
        return isPassthrough === true && this.#context.settings.mode === "mesh";
    }

    #httpProtocol({ http }: BackendPolicy, { protocol }: HostPort): Spoken {
        if (http === "client") return { protocol: http };
        if (protocol !== undefined && isHttp2Family(protocol)) return { protocol: "http2" };
        if (http === "http2") return { protocol: "http2", protocolBy: "rule" };
        const upgrades = http === undefined && this.#context.settings.upgradesToHttp2 && isUpgradedByMesh(protocol);
        return upgrades ? { protocol: "http2", protocolBy: "mesh" } : { protocol: "http1" };
    }

    #tlsEntry(tls: BackendTls, definition: HostDefinition): UpstreamTlsEntry {
        const { subject, mode, certificate, ca, crl, sni, subjectAltNames, insecureSkipVerify } = tls;
        const user = ({ field }: CredentialRef): CredentialUser => ({
            subject,
            field,
            purpose: `upstream ${definition.host}`,
            hosts: [],
        });
        return {
            mode,
            ...(certificate ? { secret: this.#credentials.pair(certificate, user(certificate)) } : {}),
            ...(ca ? { caSecret: this.#credentials.ca(ca, user(ca)) } : {}),
            ...(crl ? { crlSecret: this.#credentials.crl(crl, user(crl)) } : {}),
            sni,
            subjectAltNames: subjectAltNames.length > 0 ? subjectAltNames : definition.subjectAltNames,
            insecureSkipVerify,
        };
    }
}

const MEANT: EgressAddresses = { discovery: "original", endpoints: [] };
const BY_ADDRESS: HashEntry = { policy: { kind: "sourceIp" } };

function balancing(
    { balancer, hash, warmup, isStated }: Balancing,
    { isSticky }: HostDefinition,
): Pick<ClusterEntry, "lb" | "hash" | "warmup"> {
    if (isSticky && !isStated) return { lb: "RING_HASH", hash: BY_ADDRESS };
    return { lb: balancer, ...(hash ? { hash } : {}), ...(warmup ? { warmup } : {}) };
}

/** Where what nothing defines goes, if it may: in the protocol that the client speaks. */
function unknownCluster(key: string, found: Pick<ClusterEntry, "discovery" | "dynamic">): BuiltCluster {
    const cluster: ClusterEntry = {
        key,
        lb: "RANDOM",
        protocol: "client",
        ...connectionLimits({}, true),
        ...found,
        origin: { group: "", kind: "ConfigMap", ...MESH_CONFIG_MAP, field: "data.mesh" },
    };
    return { cluster, endpoints: { key: cluster.key, endpoints: [] } };
}

/** Whatever name is asked for, on whatever port, and nowhere inside. */
function anyCluster({ key, http }: ClusterUse, namespace: string): BuiltCluster {
    const cluster: ClusterEntry = {
        key,
        lb: "LEAST_REQUEST",
        protocol: http ? "http1" : "tcp",
        ...connectionLimits({}, http),
        discovery: "dynamic",
        dynamic: { hosts: ["*"], port: 0 },
        innerAddresses: [],
        origin: { group: "networking.istio.io", kind: "Sidecar", namespace, name: "", field: "spec.outboundTrafficPolicy" },
    };
    return { cluster, endpoints: { key, endpoints: [] } };
}

/** Of both parts the one from before, where it says the same. */
function keepSame(before: BuiltCluster | undefined, { cluster, endpoints }: BuiltCluster): BuiltCluster {
    return {
        cluster: sameOr(before?.cluster, cluster),
        endpoints: sameOr(before?.endpoints, endpoints),
    };
}

type EntryLimits = Pick<
    ClusterEntry,
    | "connectTimeoutMs"
    | "idleTimeoutMs"
    | "maxRequestsPerConnection"
    | "maxConnections"
    | "maxPendingRequests"
    | "maxRequests"
    | "maxRetries"
    | "retryBudget"
    | "tcpKeepalive"
    | "maxConnectionDurationMs"
>;

function connectionLimits(limits: Partial<Limits>, isHttp: boolean): EntryLimits {
    return {
        connectTimeoutMs: limits.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
        idleTimeoutMs: (isHttp ? limits.httpIdleTimeoutMs : undefined) ?? limits.tcpIdleTimeoutMs ?? IDLE_TIMEOUT_MS,
        maxRequestsPerConnection: limits.maxRequestsPerConnection ?? 0,
        maxConnections: limits.maxConnections ?? UNBOUNDED,
        maxPendingRequests: limits.maxPendingRequests ?? UNBOUNDED,
        maxRequests: limits.maxRequests ?? UNBOUNDED,
        ...(limits.tcpKeepalive === undefined ? {} : { tcpKeepalive: limits.tcpKeepalive }),
        ...(limits.maxConnectionDurationMs === undefined ? {} : { maxConnectionDurationMs: limits.maxConnectionDurationMs }),
        ...(isHttp && limits.maxRetries !== undefined ? { maxRetries: limits.maxRetries } : {}),
        ...(isHttp && limits.retryBudget !== undefined ? { retryBudget: limits.retryBudget } : {}),
    };
}

/** Istio sets them where HTTP/2 is all that is spoken: not where it depends on the client. */
function streamLimits({ maxConcurrentStreams, keepAlive }: Partial<Limits>): Pick<ClusterEntry, "maxConcurrentStreams" | "keepAlive"> {
    return {
        ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }),
        ...(keepAlive === undefined ? {} : { keepAlive }),
    };
}

function portOf({ ports, hasAnyPort }: HostDefinition, number: number): HostPort | undefined {
    if (hasAnyPort && ports.length === 0) return { number, name: "", protocol: undefined, targetPort: undefined, field: "spec" };
    return ports.find((one) => one.number === number);
}

/** In one order whatever their source's was, each address once: of two the first. */
function sorted(endpoints: readonly BackendEndpoint[]): readonly BackendEndpoint[] {
    const unique = new Map<string, BackendEndpoint>();
    for (const one of endpoints) {
        const key = `${one.address} ${one.port}`;
        if (!unique.has(key)) unique.set(key, one);
    }
    return [...unique.values()].sort((a, b) => compareText(a.address, b.address) || a.port - b.port);
}
