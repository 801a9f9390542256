/** IST0133 and IST0151 to IST0155: patches of EnvoyFilters that Envoy leaves out, or that hold by the order of EnvoyFilters only. */
import type { IstioCode } from "../../codes";
import { listAt, textAt, valueAt } from "../loose";
import type { ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";

const ROUTES: readonly (string | undefined)[] = ["ROUTE_CONFIGURATION", "HTTP_ROUTE"];
const REPLACED: readonly (string | undefined)[] = ["NETWORK_FILTER", "HTTP_FILTER", "VIRTUAL_HOST"];
/** They say where by what others have put there; a merge is made wherever it finds something. */
const RELATIVE: readonly (string | undefined)[] = ["REMOVE", "REPLACE", "INSERT_BEFORE", "INSERT_AFTER"];

export function envoyFilters(index: ObjectIndex, report: AnalysisReport): void {
    /** Names of what is patched for one version of the proxy, in the EnvoyFilters before. */
    const versioned = new Set<string>();
    for (const filter of index.of("EnvoyFilter")) {
        report.istio("IST0133", filter, "", ["an EnvoyFilter changes what is inside of Envoy, which is another with each release"]);
        const hasPriority = (valueAt(filter.object, "spec", "priority") ?? 0) !== 0;
        for (const [at, patch] of listAt(filter.object, "spec", "configPatches").entries()) {
            // istioctl reads no further.
            if (!valueAt(patch, "patch")) {
                break;
            }
            const name = patchedName(patch);
            const code = codeOf(patch, hasPriority, versioned.has(name));
            if (code !== undefined) {
                report.istio(code, filter, `spec.configPatches[${at}]`, []);
            }
            if (textAt(patch, "match", "proxy", "proxyVersion")) {
                versioned.add(name);
            }
        }
    }
}

function codeOf(patch: unknown, hasPriority: boolean, isVersioned: boolean): IstioCode | undefined {
    const operation = textAt(patch, "patch", "operation");
    const applyTo = textAt(patch, "applyTo");
    if (operation === "ADD") {
        return ROUTES.includes(applyTo) ? "IST0153" : undefined;
    }
    if (operation === "REMOVE" && ROUTES.includes(applyTo)) {
        return "IST0154";
    }
    if (operation === "REPLACE" && !REPLACED.includes(applyTo)) {
        return "IST0152";
    }
    if (!RELATIVE.includes(operation) || hasPriority) {
        return undefined;
    }
    return isVersioned ? "IST0155" : "IST0151";
}

/** The name of the value, or of the filter that is matched; the two are never taken for one another. */
function patchedName(patch: unknown): string {
    const value = valueAt(patch, "patch", "value");
    const own = textAt(value, "name");
    if (own !== undefined) {
        return `value ${own}`;
    }
    return value === undefined ? "" : (textAt(patch, "match", "listener", "filterChain", "filter", "name") ?? "");
}
