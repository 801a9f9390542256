/**
 * Label selectors that are maps: each label must be there with its value. A map without labels selects everything, as a
 * Gateway's does; a Service without one selects nothing, which is another question.
 */

export type Labels = Readonly<Record<string, string | undefined>>;

export function labelEntries(labels: Labels): [string, string][] {
    return Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined);
}

export function selects(selector: Labels | undefined, labels: Labels): boolean {
    return labelEntries(selector ?? {}).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

export function isEmptySelector(selector: Labels | undefined): boolean {
    return labelEntries(selector ?? {}).length === 0;
}

/** Whether a Gateway is for pods with these labels, whatever their namespace: one without a selector is every gateway's. */
export function gatewaySelects(selector: Labels | undefined, labels: Labels): boolean {
    return selects(selector, labels);
}

/** Whether a Service leads to pods of its namespace with these labels. */
export function serviceSelects(selector: Labels | undefined, labels: Labels): boolean {
    return !isEmptySelector(selector) && selects(selector, labels);
}

/** `app=web,istio=ingress`: how Kubernetes writes a selector, its labels in order. */
export function selectorText(selector: Labels): string {
    return labelEntries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .sort()
        .join(",");
}
