/**
 * Headers by which a site tells browsers what not to do with it: a set of them as one setting, for which Istio has words header by
 * header alone. An annotation, as JSON, of a VirtualService for its hosts, and of the Service in front of a gateway's pods for all
 * that they serve: `true`, `false`, or an object that tunes the set.
 */
import { parseDuration } from "../durations";
import { contentPolicyFault, permissionsFault, sourcesFault } from "./content-policies";
import { fieldsOf, flagOf, readSetting, settingOf, unreadable, type ReadSetting } from "./setting-reader";

export const SECURITY_HEADERS_ANNOTATION = "gatehouse.dev/security-headers";

export interface SecurityHeaders {
    /** What somebody else has said of the same is replaced. */
    readonly override: boolean;
    /** Of Strict-Transport-Security; absent: it is not said. Never over plain HTTP (RFC 6797 §7.2). */
    readonly hsts?: string;
    /** Names in lower case. Who may frame a page is said apart. */
    readonly headers: readonly (readonly [name: string, value: string])[];
    /** Of Content-Security-Policy, without whom may frame the page; absent: nothing but that, if anything, is said. */
    readonly policy?: string;
    /** Sources of `frame-ancestors`; absent: nothing is said of it. */
    readonly frameAncestors?: string;
}

/** The words of settings whose header is left out. */
export const OFF = "off";

export const REFERRER_POLICIES = [
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
] as const;
export const OPENER_POLICIES = ["same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"] as const;
export const RESOURCE_POLICIES = ["same-origin", "same-site", "cross-origin"] as const;
export const EMBEDDER_POLICIES = ["require-corp", "credentialless", "unsafe-none"] as const;

const FIELDS = [
    "override",
    "hsts",
    "contentTypeOptions",
    "referrerPolicy",
    "frameAncestors",
    "contentSecurityPolicy",
    "permissionsPolicy",
    "crossOriginOpenerPolicy",
    "crossOriginResourcePolicy",
    "crossOriginEmbedderPolicy",
] as const;
const HSTS_FIELDS = ["maxAge", "includeSubDomains", "preload"] as const;

/** A year: what is asked of sites whose names browsers are shipped with. */
const YEAR = 31_536_000;
/** Other servers take 8 KiB of a whole head. */
const MAX_VALUE = 4096;

export function readSecurityHeaders(text: string): ReadSetting<SecurityHeaders> {
    return readSetting(text, headersOf);
}

export function securityHeadersOf(value: unknown): ReadSetting<SecurityHeaders> {
    return settingOf(value, headersOf);
}

const NONE: SecurityHeaders = { override: false, headers: [] };

function headersOf(value: unknown): SecurityHeaders {
    if (value === false) return NONE;
    const given = value === true ? {} : fieldsOf(value, "", FIELDS, "true, false or an object");
    const hsts = hstsOf(given.hsts);
    const policy = policyOf(given.contentSecurityPolicy);
    const frameAncestors = valueOf(given.frameAncestors, ".frameAncestors", "'self'");
    if (frameAncestors !== undefined && /[;,]/.test(frameAncestors))
        throw unreadable(".frameAncestors", "wanted sources as in `'self' https://example.com`, without `;` and `,`");
    refuse(".frameAncestors", sourcesFault(frameAncestors?.split(/ +/) ?? []));
    const permissions = valueOf(given.permissionsPolicy, ".permissionsPolicy", "camera=(), geolocation=(), microphone=()");
    refuse(".permissionsPolicy", permissions === undefined ? undefined : permissionsFault(permissions));
    const headers: (readonly [string, string | undefined])[] = [
        ["x-content-type-options", flagOf(given.contentTypeOptions, ".contentTypeOptions", true) ? "nosniff" : undefined],
        ["referrer-policy", wordOf(given.referrerPolicy, ".referrerPolicy", REFERRER_POLICIES, "strict-origin-when-cross-origin")],
        ["permissions-policy", permissions],
        [
            "cross-origin-opener-policy",
            wordOf(given.crossOriginOpenerPolicy, ".crossOriginOpenerPolicy", OPENER_POLICIES, "same-origin-allow-popups"),
        ],
        ["cross-origin-resource-policy", wordOf(given.crossOriginResourcePolicy, ".crossOriginResourcePolicy", RESOURCE_POLICIES, OFF)],
        ["cross-origin-embedder-policy", wordOf(given.crossOriginEmbedderPolicy, ".crossOriginEmbedderPolicy", EMBEDDER_POLICIES, OFF)],
    ];
    return {
        override: flagOf(given.override, ".override", false),
        ...(hsts === undefined ? {} : { hsts }),
        headers: headers.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const])),
        ...(policy === undefined ? {} : { policy }),
        ...(frameAncestors === undefined ? {} : { frameAncestors }),
    };
}

/** A name below the host is somebody else's until it is said that it is not: `includeSubDomains` is not there by itself. */
function hstsOf(value: unknown): string | undefined {
    if (value === false) return undefined;
    const given = value === undefined || value === true ? {} : fieldsOf(value, ".hsts", HSTS_FIELDS, "true, false or an object");
    const seconds = given.maxAge === undefined ? YEAR : secondsOf(given.maxAge, ".hsts.maxAge");
    const subDomains = flagOf(given.includeSubDomains, ".hsts.includeSubDomains", false);
    const preload = flagOf(given.preload, ".hsts.preload", false);
    if (preload && (!subDomains || seconds < YEAR))
        throw unreadable(".hsts.preload", "wants includeSubDomains, and a maxAge of 8760h at least: browsers' lists take nothing else");
    return `max-age=${seconds}${subDomains ? "; includeSubDomains" : ""}${preload ? "; preload" : ""}`;
}

function secondsOf(value: unknown, at: string): number {
    const milliseconds = typeof value === "string" ? parseDuration(value) : undefined;
    if (milliseconds === undefined || milliseconds < 0 || milliseconds % 1000 !== 0)
        throw unreadable(at, `got ${JSON.stringify(value)}, wanted a duration in whole seconds as in "8760h"`);
    return milliseconds / 1000;
}

function policyOf(value: unknown): string | undefined {
    // People end every directive.
    const given = typeof value === "string" ? value.replace(/[ ;]+$/, "") : value;
    const text = valueOf(given, ".contentSecurityPolicy", OFF);
    if (text === undefined) return undefined;
    if (/(?:^|;)\s*frame-ancestors(?:\s|;|$)/i.test(text))
        throw unreadable(".contentSecurityPolicy", "says frame-ancestors: say it as frameAncestors, which older browsers are told too");
    if (text.includes(",")) throw unreadable(".contentSecurityPolicy", "has a comma, which begins another policy");
    refuse(".contentSecurityPolicy", contentPolicyFault(text));
    return text;
}

function refuse(at: string, fault: string | undefined): void {
    if (fault !== undefined) throw unreadable(at, fault);
}

function wordOf(value: unknown, at: string, words: readonly string[], otherwise: string): string | undefined {
    const text = value === undefined ? otherwise : value;
    if (text === OFF) return undefined;
    if (typeof text !== "string" || !words.includes(text))
        throw unreadable(at, `got ${JSON.stringify(value)}, wanted ${OFF} or one of ${words.join(", ")}`);
    return text;
}

/** What a header may say: nothing that ends it. */
function valueOf(value: unknown, at: string, otherwise: string): string | undefined {
    const text = value === undefined ? otherwise : value;
    if (text === OFF) return undefined;
    if (typeof text !== "string" || !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text))
        throw unreadable(at, `wanted ${OFF}, or a header's value in printable ASCII`);
    if (text.length > MAX_VALUE) throw unreadable(at, `has ${text.length} characters, wanted at most ${MAX_VALUE}`);
    return text;
}

/** Who may frame a page, in the older header's words, which has some for two cases alone; undefined: it has none. */
export function frameOptions(frameAncestors: string | undefined): string | undefined {
    if (frameAncestors === "'none'") return "DENY";
    return frameAncestors === "'self'" ? "SAMEORIGIN" : undefined;
}

/** The whole of Content-Security-Policy; undefined: none. */
export function contentSecurityPolicy({ policy, frameAncestors }: SecurityHeaders): string | undefined {
    const framing = frameAncestors === undefined ? undefined : `frame-ancestors ${frameAncestors}`;
    return policy === undefined ? framing : framing === undefined ? policy : `${policy}; ${framing}`;
}

/** All of them, by name, as whoever overwrites says them; `isSecure`: over TLS. */
export function writtenHeaders(given: SecurityHeaders, isSecure: boolean): (readonly [name: string, value: string])[] {
    const framing = frameOptions(given.frameAncestors);
    const policy = contentSecurityPolicy(given);
    return [
        ...(isSecure && given.hsts !== undefined ? [["strict-transport-security", given.hsts] as const] : []),
        ...given.headers,
        ...(framing === undefined ? [] : [["x-frame-options", framing] as const]),
        ...(policy === undefined ? [] : [["content-security-policy", policy] as const]),
    ];
}
