/**
 * Texts of rules that no request can have: requests come in one normal form (paths without dot segments, query and
 * fragment, heads without what is between two hops), the rule's own text is compared as it stands.
 */
import type { Attribute } from "../../semantics/authorization";
import { shownText } from "../../shown";

/** Why nothing has a value that this text stands for; undefined: something may. `name`: of the field or condition. */
export function valueFault(attribute: Attribute, name: string, value: string): string | undefined {
    switch (attribute.kind) {
        case "path":
            return wildcardFault(value) ?? pathFault(value);
        case "host":
            return wildcardFault(value) ?? hostFaultOf(value);
        case "method":
            return wildcardFault(value) ?? methodFault(value);
        case "server-name":
            return wildcardFault(value);
        case "source-principal":
            // Of namespaces every star counts, and of trust domains one anywhere.
            return /principal/i.test(name) ? wildcardFault(value) : undefined;
        case "header":
            return headerFault(attribute.name, value);
        default:
            return undefined;
    }
}

/** A star that is none: Istio knows one, at one end. */
function wildcardFault(value: string): string | undefined {
    if (value === "*" || /\{\*\*?\}/.test(value)) return undefined;
    if (value.length > 1 && value.startsWith("*") && value.endsWith("*")) {
        return `the star at the front alone is a wildcard: it stands for what ends with ${shownText(value.slice(1))}`;
    }
    const inner = value.slice(1, -1);
    return inner.includes("*") ? "a star within is no wildcard: it is compared as it stands" : undefined;
}

function pathFault(value: string): string | undefined {
    const [isSuffix, isPrefix] = [value.startsWith("*"), value.length > 1 && value.endsWith("*") && !value.startsWith("*")];
    const text = isSuffix ? value.slice(1) : isPrefix ? value.slice(0, -1) : value;
    if (text.includes("?")) return "the query is cut off before paths are compared: no path has a `?`";
    if (text.includes("#")) return "no path has a `#`: what follows it is cut off";
    if (text.includes("\\")) return "`\\` is read as `/`: no path has one";
    if (/[\s\u0000-\u001f\u007f]/.test(text)) return "no path has a blank: it is sent as `%20`";
    if (/[^\u0000-\u007f]/.test(text)) return "paths are ASCII: other letters are sent percent-encoded";
    const plain = /%(?:[46][1-9a-f]|[57][0-9a]|5f|7e|2d|2e|3[0-9])/i.exec(text);
    if (plain) return `\`${plain[0]}\` is decoded before paths are compared: write ${shownText(decodeURIComponent(plain[0]))}`;
    if (!isSuffix && !text.startsWith("/")) return "a path begins with `/`";
    const segments = text.split("/");
    // What a star continues may be another segment.
    const whole = segments.slice(isSuffix ? 1 : 0, isPrefix ? -1 : undefined);
    return whole.some((one) => one === "." || one === "..") ? "dot segments are resolved before paths are compared" : undefined;
}

function hostFaultOf(value: string): string | undefined {
    if (value.includes("/")) return "a host has neither a scheme nor a path";
    return /\s/.test(value) ? "no host has a blank" : undefined;
}

const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

function methodFault(value: string): string | undefined {
    const upper = value.toUpperCase();
    return upper !== value && METHODS.includes(upper) ? `methods have case: write ${upper}` : undefined;
}

/** Between two hops: gone before rules are asked. */
const HOP_HEADERS: readonly string[] = ["connection", "keep-alive", "proxy-connection", "transfer-encoding"];

function headerFault(name: string, value: string): string | undefined {
    if (HOP_HEADERS.includes(name)) return `the header ${name} is between two hops, and no rule sees it`;
    if (name === "te" && !"trailers".startsWith(value.replace(/\*$/, "")) && !value.startsWith("*")) {
        return "of the header te a rule sees `trailers` alone";
    }
    if (!/^:?[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return "HTTP allows no such header name";
    // `*/*` is what clients send, and ends with `/*`.
    return value.length > 2 && value.startsWith("*") && value.endsWith("*") && value !== "*/*" ? wildcardFault(value) : undefined;
}
