/**
 * Which Sidecar is for a pod, and what of the mesh it lets the pod see (Istio pilot/pkg/model/sidecar.go): one that selects the
 * pod, else its namespace's, else the root namespace's, of several the oldest.
 */
import { moreSpecific } from "./hosts";
import { isEmptySelector, selects, type Labels } from "./selectors";

export type OutboundMode = "REGISTRY_ONLY" | "ALLOW_ANY";

export interface SidecarParts {
    readonly namespace: string;
    readonly selector: Labels | undefined;
}

export interface Pod {
    readonly namespace: string;
    readonly labels: Labels;
    readonly rootNamespace: string;
}

/** Undefined: none is for it, and it sees all. `all`: oldest first. */
export function sidecarFor<S>(all: readonly S[], partsOf: (one: S) => SidecarParts, pod: Pod): S | undefined {
    return (
        selectingSidecar(all, partsOf, pod) ??
        all.find((one) => isWhole(partsOf(one), pod.namespace)) ??
        all.find((one) => isWhole(partsOf(one), pod.rootNamespace))
    );
}

/** The one that names the pod by its labels; those for a whole namespace are for its sidecars alone. */
export function selectingSidecar<S>(all: readonly S[], partsOf: (one: S) => SidecarParts, pod: Pod): S | undefined {
    return all.find((one) => {
        const { namespace, selector } = partsOf(one);
        return namespace === pod.namespace && !isEmptySelector(selector) && selects(selector, pod.labels);
    });
}

function isWhole({ namespace, selector }: SidecarParts, wanted: string): boolean {
    return namespace === wanted && isEmptySelector(selector);
}

/** An egress host, `namespace/dnsName`. */
export interface ImportedHost {
    /** `*`: any; `~`: none. */
    readonly namespace: string;
    readonly host: string;
}

export const EVERYTHING: readonly ImportedHost[] = [{ namespace: "*", host: "*" }];

/** Undefined: it is not of that form. `.` is the Sidecar's own namespace. */
export function importedHost(text: string, own: string): ImportedHost | undefined {
    const slash = text.indexOf("/");
    if (slash < 1 || slash === text.length - 1) return undefined;
    const namespace = text.slice(0, slash);
    return { namespace: namespace === "." ? own : namespace, host: text.slice(slash + 1).toLowerCase() };
}

/** Whether a host that an object in `namespace` defines is seen. */
export function imports(hosts: readonly ImportedHost[], namespace: string, host: string): boolean {
    return hosts.some(
        (one) =>
            (one.namespace === "*" || one.namespace === namespace) &&
            one.namespace !== "~" &&
            (one.host === "*" || moreSpecific(host, one.host) !== undefined),
    );
}
