/** IST0144, IST0166 and IST0175: users of pods, selectors that select a Gateway API's pods, and istiod's own settings. */
import type { Kind } from "../../types";
import { nameText } from "../../semantics";
import { isControlPlane } from "../in-mesh";
import { listAt, textAt, textsAt, valueAt } from "../loose";
import type { ObjectIndex } from "../object-index";
import type { IndexedObject } from "../indexed-object";
import type { AnalysisReport } from "../report";

/** What the sidecar runs as: its traffic passes by the sidecar. */
const PROXY_USER = 1337;
const PROXIES: readonly (string | undefined)[] = ["istio-proxy", "istio-operator"];

export function applicationUsers(index: ObjectIndex, report: AnalysisReport): void {
    for (const { owner, spec, specField: path } of index.pods.all.filter(({ owner }) => !isControlPlane(owner.labels))) {
        const fields = [
            ...(runsAsProxy(spec) ? [path] : []),
            ...listAt(spec, "containers").flatMap((container, at) =>
                runsAsProxy(container) && !PROXIES.includes(textAt(container, "name")) ? [`${path}.containers[${at}]`] : [],
            ),
        ];
        for (const field of fields) {
            report.istio("IST0144", owner, `${field}.securityContext.runAsUser`, []);
        }
    }
}

function runsAsProxy(value: unknown): boolean {
    return valueAt(value, "securityContext", "runAsUser") === PROXY_USER;
}

const GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";
const SELECTING: readonly Kind[] = ["AuthorizationPolicy", "RequestAuthentication", "Telemetry", "WasmPlugin"];

export function ineffectiveSelectors(index: ObjectIndex, report: AnalysisReport): void {
    for (const policy of SELECTING.flatMap((kind): readonly IndexedObject[] => index.of(kind))) {
        if (valueAt(policy.object, "spec", "targetRef") || !valueAt(policy.object, "spec", "selector")) {
            continue;
        }
        for (const { labels } of index.pods.selectedIn(policy.ref.namespace, textsAt(policy.object, "spec", "selector", "matchLabels"))) {
            const gateway = labels[GATEWAY_NAME];
            if (gateway !== undefined) {
                report.istio("IST0166", policy, "spec.selector", [gateway]);
            }
        }
    }
}

const BLOCKED = "BLOCKED_CIDRS_IN_JWKS_URIS";
const SHOWN = 5;

export function unrestrictedKeyFetches(index: ObjectIndex, report: AnalysisReport): void {
    const names = index.of("RequestAuthentication").map(({ ref }) => nameText(ref));
    if (names.length === 0) {
        return;
    }
    for (const deployment of index.others("apps", "Deployment").filter(({ labels }) => labels["app"] === "istiod")) {
        const isSet = listAt(deployment.object, "spec", "template", "spec", "containers").some((container) =>
            listAt(container, "env").some((one) => textAt(one, "name") === BLOCKED && textAt(one, "value")),
        );
        if (!isSet) {
            const shown = names.slice(0, SHOWN).join(", ");
            report.istio("IST0175", deployment, "metadata.name", [
                names.length,
                names.length > SHOWN ? `${shown}, and ${names.length - SHOWN} more` : shown,
            ]);
        }
    }
}
