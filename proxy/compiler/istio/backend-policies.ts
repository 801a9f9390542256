/** How DestinationRules say that hosts are to be spoken to, in the proxy's words. */
import { refText, type ClientTLSSettings, type ConnectionPoolSettings } from "../../../istio/types";
import type { ObjectContext } from "../context/objects";
import { listText } from "../context/report";
import type { BackendPolicy, BackendTls, HostDefinition, BackendLabels, PolicySource } from "../routing/model/backends";
import type { CredentialRef } from "../routing/model/credentials";
import { authorityRef, pairRef } from "./credential-refs";
import { DestinationRules, isUnreadable, policyFor, subsetOf, type EffectivePolicy } from "./destination-rules";
import { balancingOf } from "./load-balancing";
import { milliseconds } from "./route-policies";

const NO_LABELS: BackendLabels = {};
const NO_NAMES: readonly string[] = [];

export class BackendPolicies implements PolicySource {
    readonly #context: ObjectContext;
    readonly #rules: DestinationRules;

    constructor(context: ObjectContext) {
        this.#context = context;
        this.#rules = new DestinationRules(context);
    }

    policyOf(definition: HostDefinition, host: string, name: string, port: number): BackendPolicy | undefined {
        const rule = this.#rules.find(host, definition.namespace);
        if (rule && isUnreadable(rule)) return undefined;
        const subset = name === "" ? undefined : subsetOf(rule, name);
        if (name !== "" && subset === undefined) return undefined;
        const effective = policyFor(rule, subset, port);
        const policy = effective?.policy ?? {};
        const tls = this.#tlsOf(effective, definition);
        if (tls === "refused") return undefined;
        return {
            labels: subset?.subset.labels ?? NO_LABELS,
            ...balancingOf(policy.loadBalancer),
            ...httpOf(policy.connectionPool),
            limits: limitsOf(policy.connectionPool),
            ...(tls ? { tls } : {}),
        };
    }

    missingSubset(definition: HostDefinition | undefined, host: string, name: string): string | undefined {
        const rule = this.#rules.find(host, definition?.namespace);
        if (subsetOf(rule, name)) return undefined;
        const [first] = rule?.objects ?? [];
        if (rule === undefined || first === undefined) return `no DestinationRule holds for ${host}`;
        const names = rule.objects.flatMap(({ object }) => (object.spec.subsets ?? []).map((subset) => subset.name));
        return `${refText(first.ref)} has the subsets ${listText(names)}`;
    }

    #tlsOf(effective: EffectivePolicy | undefined, { host }: HostDefinition): BackendTls | "refused" | undefined {
        const tls = effective?.policy.tls;
        if (effective === undefined || tls === undefined) return undefined;
        const field = effective.fieldOf("tls");
        switch (tls.mode ?? "DISABLE") {
            case "DISABLE":
                return undefined;
            case "ISTIO_MUTUAL":
                this.#context.report.add(
                    "GH0452",
                    effective.owner,
                    `${field}.mode`,
                    `ISTIO_MUTUAL to ${host}: the bundled proxy is outside the mesh and has no mesh certificate; requests get 503.`,
                    'Let the destination accept plaintext on that port by a port-level PERMISSIVE PeerAuthentication, or set dataPlane: "istio".',
                );
                return "refused";
            case "SIMPLE":
            case "MUTUAL":
                return this.#termsOf(tls, effective, field);
            default:
                return undefined;
        }
    }

    #termsOf(tls: ClientTLSSettings, { owner }: EffectivePolicy, field: string): BackendTls {
        const isMutual = tls.mode === "MUTUAL";
        const ca = this.#authorityOf(tls, field);
        return {
            subject: owner,
            mode: isMutual ? "MUTUAL" : "SIMPLE",
            ...(isMutual ? { certificate: this.#certificateOf(tls, field) } : {}),
            ...(ca ? { ca } : {}),
            ...(tls.caCrl ? { crl: { kind: "file", path: tls.caCrl, field: `${field}.caCrl` } } : {}),
            sni: tls.sni ?? "",
            subjectAltNames: tls.subjectAltNames ?? NO_NAMES,
            insecureSkipVerify: tls.insecureSkipVerify ?? false,
        };
    }

    #certificateOf({ credentialName, clientCertificate, privateKey }: ClientTLSSettings, field: string): CredentialRef {
        return credentialName
            ? pairRef(credentialName, this.#context.settings.namespace, `${field}.credentialName`)
            : {
                  kind: "files",
                  certificate: clientCertificate ?? "",
                  privateKey: privateKey ?? "",
                  field: `${field}.clientCertificate`,
              };
    }

    #authorityOf({ credentialName, caCertificates }: ClientTLSSettings, field: string): CredentialRef | undefined {
        if (credentialName) return authorityRef(credentialName, this.#context.settings.namespace, `${field}.credentialName`);
        return caCertificates ? { kind: "file", path: caCertificates, field: `${field}.caCertificates` } : undefined;
    }
}

function httpOf({ http }: ConnectionPoolSettings = {}): Pick<BackendPolicy, "http"> {
    if (http?.useClientProtocol === true) return { http: "client" };
    switch (http?.h2UpgradePolicy) {
        case "UPGRADE":
            return { http: "http2" };
        case "DO_NOT_UPGRADE":
            return { http: "port" };
        default:
            return {};
    }
}

/** What is not said is left to the proxy; a bound of 0 is none. */
function limitsOf({ tcp, http }: ConnectionPoolSettings = {}): BackendPolicy["limits"] {
    const connectTimeoutMs = milliseconds(tcp?.connectTimeout);
    const tcpIdleTimeoutMs = milliseconds(tcp?.idleTimeout);
    const httpIdleTimeoutMs = milliseconds(http?.idleTimeout);
    return {
        ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
        ...(tcpIdleTimeoutMs === undefined ? {} : { tcpIdleTimeoutMs }),
        ...(httpIdleTimeoutMs === undefined ? {} : { httpIdleTimeoutMs }),
        ...(http?.maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection: http.maxRequestsPerConnection }),
        ...(tcp?.maxConnections ? { maxConnections: tcp.maxConnections } : {}),
        ...(http?.http1MaxPendingRequests ? { maxPendingRequests: http.http1MaxPendingRequests } : {}),
        ...(http?.http2MaxRequests ? { maxRequests: http.http2MaxRequests } : {}),
        ...(http?.maxConcurrentStreams ? { maxConcurrentStreams: http.maxConcurrentStreams } : {}),
        ...keepAliveOf(http?.http2KeepAlive),
    };
}

/** Both are there, or nobody could say when to ask or when to give up. */
function keepAliveOf(
    pings: NonNullable<ConnectionPoolSettings["http"]>["http2KeepAlive"],
): Pick<Partial<BackendPolicy["limits"]>, "keepAlive"> {
    const intervalMs = milliseconds(pings?.interval);
    const timeoutMs = milliseconds(pings?.timeout);
    return intervalMs && timeoutMs ? { keepAlive: { intervalMs, timeoutMs } } : {};
}
