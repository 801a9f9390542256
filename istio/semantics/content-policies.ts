/**
 * What browsers would pass over in silence in the policies that a site gives them, so that nothing is kept out: a keyword without its
 * quotes is the name of a host (CSP 3 §2.3.1), a directive that is misspelt or said twice is none (§2.2.1), a nonce that is the same for
 * everybody is known to everybody (§8.1), and a policy of permissions in the old words of Feature-Policy is none at all.
 */
import { didYouMean } from "../did-you-mean";

const KEYWORDS = [
    "self",
    "none",
    "unsafe-inline",
    "unsafe-eval",
    "unsafe-hashes",
    "strict-dynamic",
    "report-sample",
    "wasm-unsafe-eval",
    "inline-speculation-rules",
];
const DIRECTIVES = [
    ...["default", "child", "connect", "font", "frame", "fenced-frame", "img", "manifest", "media", "object", "worker", "prefetch"].map(
        (what) => `${what}-src`,
    ),
    ...["script", "style"].flatMap((what) => [`${what}-src`, `${what}-src-elem`, `${what}-src-attr`]),
    "base-uri",
    "form-action",
    "sandbox",
    "report-uri",
    "report-to",
    "require-trusted-types-for",
    "trusted-types",
    "upgrade-insecure-requests",
    "block-all-mixed-content",
    "webrtc",
];
/** Whose values are sources. */
const OF_SOURCES = /^(?:[a-z-]+-src(?:-elem|-attr)?|base-uri|form-action)$/;

/** Of a Content-Security-Policy; undefined: none. */
export function contentPolicyFault(policy: string): string | undefined {
    const seen = new Set<string>();
    for (const part of policy.split(";")) {
        const [name = "", ...values] = part.trim().split(/ +/);
        if (name === "") continue;
        const directive = name.toLowerCase();
        const meant = DIRECTIVES.includes(directive) ? undefined : didYouMean(directive, DIRECTIVES);
        if (meant !== undefined) return `has ${JSON.stringify(name)}, which is no directive: wanted ${meant}`;
        if (seen.has(directive)) return `says ${directive} twice, of which browsers take the first: say all its sources there`;
        seen.add(directive);
        const fault = OF_SOURCES.test(directive) ? sourcesFault(values) : undefined;
        if (fault !== undefined) return fault;
    }
    return undefined;
}

/** Of sources, as of `frame-ancestors`. */
export function sourcesFault(sources: readonly string[]): string | undefined {
    for (const source of sources) {
        const plain = source.toLowerCase();
        const bare = /^'?(.*?)'?$/.exec(plain)?.[1] ?? plain;
        if (KEYWORDS.includes(bare) && plain !== `'${bare}'`) return `has ${source}, which is the name of a host: wanted '${bare}'`;
        if (bare.startsWith("nonce-"))
            return `has ${source}, which would be the same for everybody: a nonce is the backend's to say, anew each time`;
        if (bare === "none" && sources.length > 1)
            return "has 'none' beside other sources, which then means nothing: leave it out, or them";
    }
    return undefined;
}

/** RFC 8941: `camera=(), geolocation=(self "https://maps.example")`. */
const FEATURE = /^[a-z][a-z0-9-]*=(?:\*|self|src|none|"[^"]*"|\((?:(?:\*|self|src|"[^"]*")(?: +(?:\*|self|src|"[^"]*"))*)?\))(?:;.*)?$/;

/** Of a Permissions-Policy; undefined: none. */
export function permissionsFault(policy: string): string | undefined {
    const wrong = policy
        .split(",")
        .map((part) => part.trim())
        .find((part) => !FEATURE.test(part));
    if (wrong === undefined) return undefined;
    return `has ${JSON.stringify(wrong)}, for which browsers drop all of it: wanted as in camera=(), geolocation=(self "https://maps.example")`;
}
