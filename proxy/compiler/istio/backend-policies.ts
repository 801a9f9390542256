/** How DestinationRules say that hosts are to be spoken to, in the proxy's words. */
import { refText, type ClientTLSSettings } from "../../../istio/types";
import type { ObjectContext } from "../context/objects";
import { listText } from "../context/report";
import type { BackendPolicy, BackendTls, HostDefinition, BackendLabels, PolicySource } from "../routing/model/backends";
import type { CredentialRef } from "../routing/model/credentials";
import { httpOf, limitsOf, tunnelOf } from "./connection-pool";
import { authorityRef, pairRef } from "./credential-refs";
import { placeRuleOf } from "./localities";
import { healthCheckOf } from "./health-check";
import { DestinationRules, isUnreadable, policyFor, subsetOf, type EffectivePolicy, type HostRule } from "./destination-rules";
import { balancingOf } from "./load-balancing";
import { outlierOf } from "./outlier-detection";

const NO_LABELS: BackendLabels = {};
const NO_NAMES: readonly string[] = [];
const NO_RULES: readonly never[] = [];

type Rule = HostRule["objects"][number];

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
        const health = { ...outlierOf(policy.outlierDetection), ...healthCheckOf(rule, host) };
        const canFail = policy.outlierDetection !== undefined || health.healthCheck !== undefined;
        const place = placeRuleOf(policy.loadBalancer, definition, this.#context.settings.meshLocality, canFail);
        this.#reportOverruled(rule);
        return {
            ...this.#wordsOf(rule, host, definition.namespace),
            labels: subset?.subset.labels ?? NO_LABELS,
            ...balancingOf(policy.loadBalancer),
            ...(place ? { place } : {}),
            ...httpOf(policy.connectionPool),
            limits: limitsOf(policy.connectionPool, policy.retryBudget),
            ...(policy.tunnel ? { tunnel: tunnelOf(policy.tunnel) } : {}),
            health,
            ...(policy.proxyProtocol ? { proxyProtocol: policy.proxyProtocol.version ?? "V1" } : {}),
            ...(tls ? { tls } : {}),
        };
    }

    /** Which rules hold and which do not, for people. */
    #wordsOf(rule: HostRule | undefined, host: string, namespace: string): Pick<BackendPolicy, "rules"> {
        const lost = this.#rules.lost(host, namespace, rule).map((one) => ({ rule: refText(one.rule.ref), why: one.why }));
        const applied = (rule?.objects ?? []).map(({ ref }) => refText(ref));
        return applied.length === 0 && lost.length === 0 ? {} : { rules: { applied, lost } };
    }

    /** Of rules that hold together what the older ones say already. */
    #reportOverruled({ objects = NO_RULES }: Partial<HostRule> = {}): void {
        const subsets = new Map<string, Rule>();
        let policy: Rule | undefined;
        for (const one of objects) {
            const { spec } = one.object;
            const say = (field: string, what: string, by: Rule): void =>
                this.#context.report.add(
                    "GH0442",
                    one,
                    field,
                    `${what} has no effect: ${refText(by.ref)}, which is for the same host, is older and has one.`,
                    "Keep one.",
                );
            if (spec.trafficPolicy && policy) say("spec.trafficPolicy", "This policy", policy);
            else if (spec.trafficPolicy) policy = one;
            for (const [index, { name }] of (spec.subsets ?? []).entries()) {
                const known = subsets.get(name);
                if (known && known !== one) say(`spec.subsets[${index}]`, `Subset ${name}`, known);
                else subsets.set(name, one);
            }
        }
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
