/** What a gateway's proxy makes of the objects, compiled as it does it itself. */
import { validateObject, type Finding } from "../../istio";
import { compile, type Compilation } from "../../proxy/compiler";
import { closedPolicy } from "../../proxy/resources/closed-policies";
import type { PlacedObject } from "../../proxy/resources/placed-object";
import { proxyConfigOfWorkload, rootNamespaceOfWorkload, trustedProxiesOfWorkload } from "./gateway-arguments";
import type { MountedFile } from "./pod-inputs";
import type { LocalWorkload } from "./workloads";

export interface ProxySettings {
    readonly rootNamespace?: string;
    readonly ignoreSecurityPolicies: boolean;
}

/**
 * Only what is good by itself: the proxy takes nothing else either, but for policies, which refuse whom they could be for,
 * and VirtualServices, whose hosts are refused. What is null is not there, as for the proxy.
 */
export function takenObjects(objects: readonly PlacedObject[]): { readonly objects: PlacedObject[]; readonly findings: Finding[] } {
    const findings: Finding[] = [];
    const good = objects.flatMap((one): PlacedObject | readonly PlacedObject[] => {
        const { object, place } = one;
        const { object: valid, findings: said } = validateObject(object);
        const faults = said.filter(({ level }) => level === "Error");
        findings.push(...faults.map((fault) => (fault.place || !place ? fault : { ...fault, place })));
        if (faults.length > 0) return closedPolicy(object, place) ?? [];
        return valid ? { ...one, object: valid } : one;
    });
    return { objects: good, findings };
}

/** `objects` as `takenObjects` gives them; `files` are those that the workload mounts. */
export function compileFor(
    workload: LocalWorkload,
    objects: readonly PlacedObject[],
    files: readonly MountedFile[],
    { rootNamespace = rootNamespaceOfWorkload(workload), ignoreSecurityPolicies }: ProxySettings,
): Compilation {
    const trustedProxies = trustedProxiesOfWorkload(workload);
    return compile({
        objects,
        ...(trustedProxies === undefined ? {} : { trustedProxies }),
        proxyConfig: proxyConfigOfWorkload(workload),
        labels: workload.labels,
        namespace: workload.ref.namespace,
        files: new Map(files.map(({ file, content }) => [`/${file}`, { text: content.toString() }])),
        ...(rootNamespace === undefined ? {} : { rootNamespace }),
        ignoreSecurityPolicies,
        isBeforeAdmission: true,
        now: Date.now(),
    });
}
