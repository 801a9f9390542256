/** The clusters that routes use, with their endpoints: what DestinationRules say of them, Istio's defaults for the rest. */
import { isDeepStrictEqual } from "node:util";
import { isHttp2Family } from "../../../istio/ports";
import { type ClientTLSSettings, type ConnectionPoolSettings } from "../../../istio/types";
import type { ClusterEntry, EndpointsEntry, UpstreamTlsEntry } from "../../tables/entries";
import { guarded, type Context } from "../context/context";
import type { Credentials } from "./credentials";
import { isUnreadable, policyFor, subsetOf, type DestinationRules, type EffectivePolicy, type Policy } from "../istio/destination-rules";
import type { ClusterUse } from "../context/said";
import { discover } from "./endpoints";
import type { Family, Input } from "../graph/graph";
import { originOf } from "../context/origin";
import { milliseconds } from "./policies";
import type { Registry, RegistryPort, RegistryService } from "./registry";

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 3_600_000;
const UNBOUNDED = 2 ** 32 - 1;

export interface BuiltCluster {
    readonly cluster: ClusterEntry;
    readonly endpoints: EndpointsEntry;
}

type Uses = ReadonlyMap<string, ClusterUse>;

export class ClusterBuilder {
    private readonly context: Context;
    private readonly registry: Registry;
    private readonly rules: DestinationRules;
    private readonly credentials: Credentials;
    private readonly uses: Input<Uses>;
    private readonly made: Family<string, BuiltCluster | undefined>;

    constructor(context: Context, registry: Registry, rules: DestinationRules, credentials: Credentials) {
        this.context = context;
        this.registry = registry;
        this.rules = rules;
        this.credentials = credentials;
        const { graph } = context;
        this.uses = graph.input<Uses>(new Map());
        const useOf = graph.lookup(this.uses, (uses, key: string) => uses.get(key), isDeepStrictEqual);
        this.made = graph.family(
            (key, previous) => {
                const use = useOf.get(key);
                const built = use && this.buildOnce(use);
                return built && keepSame(previous, built);
            },
            (a, b) => a?.cluster === b?.cluster && a?.endpoints === b?.endpoints,
        );
    }

    /** What nothing defines has no cluster: requests to it get 503. */
    build(uses: Uses): BuiltCluster[] {
        this.uses.set(uses);
        return [...uses.keys()].flatMap((key) => this.made.get(key) ?? []);
    }

    private buildOnce(use: ClusterUse): BuiltCluster | undefined {
        const services = this.registry.lookup(use.host);
        for (const service of services) {
            const port = service.ports.find(({ number }) => number === use.port);
            if (port) return guarded(this.context, service.owner, port.field, undefined, () => this.buildFor(use, service, port));
        }
        return undefined;
    }

    private buildFor(use: ClusterUse, service: RegistryService, port: RegistryPort): BuiltCluster | undefined {
        const rule = this.rules.find(use.host, service.namespace);
        if (rule && isUnreadable(rule)) return undefined;
        const subset = use.subset === "" ? undefined : subsetOf(rule, use.subset);
        if (use.subset !== "" && subset === undefined) return undefined;
        const effective = policyFor(rule, subset, use.port);
        const policy = effective?.policy ?? {};
        const tls = this.tlsOf(effective, service);
        if (tls === "refused") return undefined;
        const { discovery, endpoints } = discover(this.context, this.registry, service, port, use.host, subset?.subset.labels ?? {});
        return {
            cluster: {
                key: use.key,
                lb: balancerOf(policy),
                protocol: use.http ? this.httpProtocol(policy, service, port) : "tcp",
                ...connectionLimits(policy.connectionPool, use.http),
                ...(tls ? { tls } : {}),
                discovery,
                origin: originOf(service.owner, port.field),
            },
            endpoints: { key: use.key, endpoints },
        };
    }

    private httpProtocol(policy: Policy, service: RegistryService, port: RegistryPort): "http1" | "http2" {
        const isHttp2 =
            (port.protocol !== undefined && isHttp2Family(port.protocol)) || policy.connectionPool?.http?.h2UpgradePolicy === "UPGRADE";
        if (!isHttp2) return "http1";
        this.context.report.add(
            "GH0450",
            service.owner,
            port.field,
            `Port ${port.number}${port.name ? ` (${port.name})` : ""} of ${service.host} expects HTTP/2, which the bundled proxy does not speak to upstreams yet; requests fail unless the backend takes HTTP/1.1 too.`,
            "Where it does, name the port http.",
        );
        return "http2";
    }

    private tlsOf(effective: EffectivePolicy | undefined, service: RegistryService): UpstreamTlsEntry | "refused" | undefined {
        const tls = effective?.policy.tls;
        if (effective === undefined || tls === undefined) return undefined;
        const field = effective.fieldOf("tls");
        switch (tls.mode ?? "DISABLE") {
            case "DISABLE":
                return undefined;
            case "ISTIO_MUTUAL":
                this.context.report.add(
                    "GH0452",
                    effective.owner,
                    `${field}.mode`,
                    `ISTIO_MUTUAL to ${service.host}: the bundled proxy is outside the mesh and has no mesh certificate; requests get 503.`,
                    'Let the destination accept plaintext on that port by a port-level PERMISSIVE PeerAuthentication, or set dataPlane: "istio".',
                );
                return "refused";
            case "SIMPLE":
            case "MUTUAL":
                return this.tlsEntry(tls, effective, field, service);
            default:
                return undefined;
        }
    }

    private tlsEntry(tls: ClientTLSSettings, effective: EffectivePolicy, field: string, service: RegistryService): UpstreamTlsEntry {
        const isMutual = tls.mode === "MUTUAL";
        const user = (part: string): Parameters<Credentials["pair"]>[1] => ({
            about: effective.owner,
            field: `${field}.${part}`,
            purpose: `upstream ${service.host}`,
            hosts: [],
        });
        const secrets = tls.credentialName
            ? {
                  ...(isMutual ? { secret: this.credentials.pair(tls.credentialName, user("credentialName")) } : {}),
                  caSecret: this.credentials.caOf(tls.credentialName, user("credentialName")),
              }
            : {
                  ...(isMutual
                      ? { secret: this.credentials.filePair(tls.clientCertificate ?? "", tls.privateKey ?? "", user("clientCertificate")) }
                      : {}),
                  ...(tls.caCertificates ? { caSecret: this.credentials.fileCa(tls.caCertificates, user("caCertificates")) } : {}),
              };
        return {
            mode: isMutual ? "MUTUAL" : "SIMPLE",
            ...secrets,
            ...(tls.caCrl ? { crlSecret: this.credentials.fileCrl(tls.caCrl, user("caCrl")) } : {}),
            sni: tls.sni ?? "",
            subjectAltNames: tls.subjectAltNames?.length ? tls.subjectAltNames : entryNames(service),
            insecureSkipVerify: tls.insecureSkipVerify ?? false,
        };
    }
}

/** Of both parts the one from before, where it says the same. */
function keepSame(before: BuiltCluster | undefined, { cluster, endpoints }: BuiltCluster): BuiltCluster {
    return {
        cluster: before && isDeepStrictEqual(before.cluster, cluster) ? before.cluster : cluster,
        endpoints: before && isDeepStrictEqual(before.endpoints, endpoints) ? before.endpoints : endpoints,
    };
}

/** A ServiceEntry's names count where the DestinationRule has none. */
function entryNames({ owner }: RegistryService): readonly string[] {
    return owner.object.kind === "ServiceEntry" ? (owner.object.spec.subjectAltNames ?? []) : [];
}

function balancerOf({ loadBalancer }: Policy): ClusterEntry["lb"] {
    switch (loadBalancer?.simple) {
        case "ROUND_ROBIN":
            return "ROUND_ROBIN";
        case "RANDOM":
            return "RANDOM";
        // Least request over two choices is Istio's default, and the nearest to what the other words ask for.
        default:
            return "LEAST_REQUEST";
    }
}

type Limits = Pick<
    ClusterEntry,
    "connectTimeoutMs" | "idleTimeoutMs" | "maxRequestsPerConnection" | "maxConnections" | "maxPendingRequests"
>;

function connectionLimits(pool: ConnectionPoolSettings | undefined, isHttp: boolean): Limits {
    return {
        connectTimeoutMs: milliseconds(pool?.tcp?.connectTimeout, CONNECT_TIMEOUT_MS),
        idleTimeoutMs: milliseconds(isHttp ? pool?.http?.idleTimeout : pool?.tcp?.idleTimeout, IDLE_TIMEOUT_MS),
        maxRequestsPerConnection: pool?.http?.maxRequestsPerConnection ?? 0,
        maxConnections: pool?.tcp?.maxConnections || UNBOUNDED,
        maxPendingRequests: pool?.http?.http1MaxPendingRequests || UNBOUNDED,
    };
}
