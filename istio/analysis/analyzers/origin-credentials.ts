/**
 * What is wrong with the Secrets that DestinationRules name: gateways read them in the namespace of their pods, and speak to
 * no backend without. Istio has no code for it.
 */
import { secretData, secretFaults } from "../../certificates";
import { isExportedTo, referredName } from "../../semantics";
import type { AnalysisContext } from "../context";
import { isAssumed } from "../default-gateway";
import type { IndexedKind } from "../indexed-object";
import type { ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";

type Rule = IndexedKind<"DestinationRule">;
type Policy = NonNullable<Rule["usable"]["spec"]>["trafficPolicy"];
type Settings = NonNullable<NonNullable<Policy>["tls"]>;

export function originCredentials(index: ObjectIndex, report: AnalysisReport, { now }: AnalysisContext): void {
    const readers = gatewayNamespaces(index);
    for (const rule of index.of("DestinationRule")) {
        const found = settingsOf(rule);
        const namespaces = found.length === 0 ? [] : readersOf(rule, readers, index);
        for (const { tls, field } of namespaces.length === 0 ? [] : found) {
            check({ rule, tls, field: `${field}.credentialName`, namespaces, index, report, now });
        }
    }
}

/** Where the pods of Gateways are, but those that are taken for granted. */
function gatewayNamespaces(index: ObjectIndex): string[] {
    const pods = index.of("Gateway").flatMap(({ usable }) => index.pods.selected(usable.spec?.selector ?? {}));
    return [...new Set(pods.filter(({ owner }) => !isAssumed(owner.object)).map(({ namespace }) => namespace))].sort();
}

/** A rule for some workloads is theirs; another one is for whoever sees it, of whom gateways alone read Secrets. */
function readersOf({ usable, ref }: Rule, gateways: readonly string[], index: ObjectIndex): string[] {
    const labels = usable.spec?.workloadSelector?.matchLabels;
    if (labels) return index.pods.selectedIn(ref.namespace, labels).length > 0 ? [ref.namespace] : [];
    return gateways.filter((namespace) => isExportedTo(usable.spec?.exportTo, ref.namespace, namespace));
}

function settingsOf(rule: Rule): { readonly tls: Settings; readonly field: string }[] {
    const { spec } = rule.usable;
    const policies = [
        { policy: spec?.trafficPolicy, at: "spec.trafficPolicy" },
        ...(spec?.subsets ?? []).map((subset, at) => ({ policy: subset?.trafficPolicy, at: `spec.subsets[${at}].trafficPolicy` })),
    ];
    return policies
        .flatMap(({ policy, at }) => [
            { tls: policy?.tls, field: `${at}.tls` },
            ...(policy?.portLevelSettings ?? []).map((settings, port) => ({
                tls: settings?.tls,
                field: `${at}.portLevelSettings[${port}].tls`,
            })),
        ])
        .flatMap(({ tls, field }) => (tls?.credentialName && (tls.mode === "SIMPLE" || tls.mode === "MUTUAL") ? [{ tls, field }] : []));
}

interface Checking {
    readonly rule: Rule;
    readonly tls: Settings;
    readonly field: string;
    readonly namespaces: readonly string[];
    readonly index: ObjectIndex;
    readonly report: AnalysisReport;
    readonly now: number;
}

function check({ rule, tls, field, namespaces, index, report, now }: Checking): void {
    const credential = (tls.credentialName ?? "").replace(/^kubernetes:\/\//, "");
    const secretOf = (name: string, namespace: string): IndexedKind<"Secret"> | undefined => {
        const referred = referredName(name, namespace);
        return index.find("Secret", referred.namespace, referred.name);
    };
    // Any gateway's will do: which of them sends to the host is not known here.
    const places = namespaces.map((namespace) => ({
        own: secretOf(credential, namespace),
        authority: secretOf(`${credential}-cacert`, namespace),
    }));
    const place = places.find(({ own }) => own) ?? places.find(({ authority }) => authority);
    if (!place || (tls.mode === "MUTUAL" && !place.own)) {
        report.own(
            "GH0420",
            rule,
            field,
            `there is no Secret \`${credential}\` in namespace ${namespaces.join(", ")}, where the pods that read it are: no connection is made`,
        );
        return;
    }
    const { own, authority } = place;
    const parts = [
        ...(own && tls.mode === "MUTUAL" ? [{ secret: own, pair: true, ca: false }] : []),
        ...(tls.insecureSkipVerify ? [] : [authority ?? own].flatMap((secret) => (secret ? [{ secret, pair: false, ca: true }] : []))),
    ];
    for (const { secret, ...wanted } of parts) {
        for (const { code, message, fix } of secretFaults(secretData(secret.usable), wanted, now)) {
            report.own(code, rule, field, `Secret ${secret.ref.namespace}/${secret.ref.name}: ${message}`, fix);
        }
    }
}
