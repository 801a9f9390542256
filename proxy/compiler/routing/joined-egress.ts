/**
 * What several objects that define one host say of how it is left for: what any of them forbids is forbidden, as their ports and
 * endpoints are those of one host.
 */
import type { SourceSelector } from "../../../istio/semantics";
import type { EgressTerms } from "./model/egress";

/** Undefined: none of them says anything. */
export function joinedEgress(parts: readonly EgressTerms[]): EgressTerms | undefined {
    const [first, ...others] = parts;
    if (first === undefined) return undefined;
    return others.reduce(bothOf, first);
}

function bothOf(a: EgressTerms, b: EgressTerms): EgressTerms {
    const allowFrom = a.allowFrom && b.allowFrom ? inBoth(a.allowFrom, b.allowFrom) : (a.allowFrom ?? b.allowFrom);
    return {
        proxies: [...new Set([...a.proxies, ...b.proxies])],
        innerAddresses: innerOf(a, b),
        isGuarded: a.isGuarded || b.isGuarded,
        isAskedByName: a.isAskedByName || b.isAskedByName,
        ...(allowFrom ? { allowFrom } : {}),
    };
}

/** Ranges that each of those lists whose names are guarded. */
function innerOf(a: EgressTerms, b: EgressTerms): readonly string[] {
    if (!a.isGuarded) return b.innerAddresses;
    if (!b.isGuarded) return a.innerAddresses;
    return a.innerAddresses.filter((range) => b.innerAddresses.includes(range));
}

/** Workloads that both lists select. */
function inBoth(one: readonly SourceSelector[], other: readonly SourceSelector[]): readonly SourceSelector[] {
    return one.flatMap((a) => other.flatMap((b) => termsOfBoth(a, b) ?? []));
}

/** Undefined: no workload fits both. */
function termsOfBoth(a: SourceSelector, b: SourceSelector): SourceSelector | undefined {
    const namespaces =
        a.namespaces && b.namespaces ? a.namespaces.filter((one) => b.namespaces?.includes(one)) : (a.namespaces ?? b.namespaces);
    if (namespaces?.length === 0) return undefined;
    for (const [name, value] of Object.entries(a.labels ?? {})) if ((b.labels?.[name] ?? value) !== value) return undefined;
    const labels = a.labels || b.labels ? { ...a.labels, ...b.labels } : undefined;
    return { ...(namespaces ? { namespaces } : {}), ...(labels ? { labels } : {}) };
}
