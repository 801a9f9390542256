/** `envoyExtAuthzHttp`: a server that is asked with a request of its own (pilot/pkg/security/authz/builder/extauthz.go). */
import type { Settings } from "../provider-settings";
import { readAsked, readBody, type AskedSettings } from "./asked";

export const HTTP_KIND = "envoyExtAuthzHttp";

export interface HttpProviderSettings extends AskedSettings {
    readonly kind: "http";
    readonly pathPrefix: string;
    /** Patterns of header names, as Istio has them: exact, `prefix*`, `*suffix`. Lower-case. */
    readonly includeRequestHeaders: readonly string[];
    readonly includeAdditionalHeaders: readonly (readonly [name: string, value: string])[];
    readonly body?: { readonly maxBytes: number; readonly allowPartial: boolean };
    readonly headersToUpstreamOnAllow: readonly string[];
    readonly headersToDownstreamOnAllow: readonly string[];
    readonly headersToDownstreamOnDeny: readonly string[];
}

export function readHttp(given: Settings): HttpProviderSettings {
    const included = given.patterns("includeRequestHeadersInCheck");
    const deprecated = given.patterns("includeHeadersInCheck");
    // A body goes to an HTTP provider as it is, whatever this says of bytes.
    const body = readBody(given);
    return {
        kind: "http",
        ...readAsked(given),
        pathPrefix: readPathPrefix(given),
        includeRequestHeaders: included.length > 0 ? included : deprecated,
        includeAdditionalHeaders: given.headers("includeAdditionalHeadersInCheck"),
        ...(body ? { body: { maxBytes: body.maxBytes, allowPartial: body.allowPartial } } : {}),
        headersToUpstreamOnAllow: given.patterns("headersToUpstreamOnAllow"),
        headersToDownstreamOnAllow: given.patterns("headersToDownstreamOnAllow"),
        headersToDownstreamOnDeny: given.patterns("headersToDownstreamOnDeny"),
    };
}

function readPathPrefix(given: Settings): string {
    const text = given.text("pathPrefix", "");
    if (text === "") return "";
    if (!text.startsWith("/")) given.fault("pathPrefix", "does not begin with /");
    else if (/[^\x21-\x7e]|#/.test(text)) given.fault("pathPrefix", "has a character that no path has");
    return text;
}
