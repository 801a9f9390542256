/** What may be written where a host name is wanted. How hosts compare stands in semantics/. */
import { isIP } from "node:net";
import { domainToUnicode } from "node:url";
import { isWildcard } from "./semantics";
import { shownText } from "./shown";

/** What a field accepts beyond a fully qualified name. */
export interface HostOptions {
    /** `*.example.com`. */
    readonly wildcard?: boolean;
    /** `*` alone. */
    readonly any?: boolean;
    readonly ip?: boolean;
    /** A name without a dot. */
    readonly short?: boolean;
    /** `*-api.example.com`: a pattern that is part of a label. Istio's VirtualService takes it, its Gateway does not. */
    readonly partial?: boolean;
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/i;
const PARTIAL_LABEL = /^\*-?[a-z0-9]([-a-z0-9]*[a-z0-9])?$/i;
const MAX_NAME = 255;
const MAX_LABEL = 63;

/** What is wrong with a host, as the end of a sentence; undefined where nothing is. */
export function hostFault(text: string, options: HostOptions = {}): string | undefined {
    if (text === "") {
        return "is empty";
    }
    if (isIP(text) !== 0) {
        return options.ip ? undefined : "is an IP address where a host name is wanted";
    }
    if (text === "*") {
        return options.any ? undefined : "is `*`, which is not allowed here";
    }
    if (text.length > MAX_NAME) {
        return `is longer than ${MAX_NAME} characters`;
    }
    return shapeFault(text, options) ?? labelsFault(text.split("."), options);
}

/** What is wrong with the letters of a host that is good by its shape: nobody's browser asks for it. Undefined where nothing is. */
export function punycodeFault(host: string): string | undefined {
    const label = host.split(".").find((one) => /^xn--/i.test(one) && /^xn--/i.test(domainToUnicode(one)));
    return label === undefined
        ? undefined
        : `has the label ${shownText(label)}, which is no name in Punycode (RFC 5891): it stands for no letters, and no browser asks for it`;
}

/** A label that Istio takes for a number, and so for no name. */
export function isDigits(label: string): boolean {
    return /^\d{1,18}$/.test(label);
}

/** The mistakes worth a sentence of their own: they are what people paste. */
function shapeFault(text: string, options: HostOptions): string | undefined {
    if (text.includes("://")) {
        return "is a URL where a host name is wanted; leave the scheme and the path out";
    }
    if (text.includes("/")) {
        return "has a slash where a host name is wanted";
    }
    if (/:\d*$/.test(text)) {
        return "has a port where a host name is wanted; leave the port out";
    }
    if (isWildcard(text) && !options.wildcard) {
        return "has a wildcard, which is not allowed here";
    }
    return undefined;
}

function labelsFault(labels: readonly string[], options: HostOptions): string | undefined {
    // A trailing dot only says that the name is fully qualified.
    const parts = labels.length > 1 && labels[labels.length - 1] === "" ? labels.slice(0, -1) : labels;
    if (labels.length === 1 && !options.short) {
        return "is a short name; write the fully qualified name, as in `name.namespace.svc.cluster.local`";
    }
    const top = labels[labels.length - 1] ?? "";
    // As Istio has it: before a trailing dot digits are a label as others are, and a pattern's only label may be some.
    if ((labels.length > 1 || !options.wildcard) && isDigits(top)) {
        return "ends in a label of digits only, as an address does that is none";
    }
    for (const [index, label] of parts.entries()) {
        const fault = labelFault(label, index === 0, options);
        if (fault) {
            return fault;
        }
    }
    return undefined;
}

function labelFault(label: string, first: boolean, options: HostOptions): string | undefined {
    if (label === "") {
        return "has an empty label (two dots in a row, or one at an end)";
    }
    if (label.length > MAX_LABEL) {
        return `has a label of more than ${MAX_LABEL} characters`;
    }
    if (!label.includes("*")) {
        return LABEL.test(label) ? undefined : `has the label ${shownText(label)}: labels hold letters, digits and inner hyphens`;
    }
    if (first && label === "*") {
        return undefined;
    }
    if (first && options.partial && PARTIAL_LABEL.test(label)) {
        return undefined;
    }
    return "has a wildcard that is not the whole first label; write `*.example.com`";
}
