/** Settings of whole hosts beside their routes, as they are once every value is there, and how an object carries them. */
import { EDGE_SETTINGS, EDGE_SETTING_NAMES, type EdgeSettingName } from "../../istio/semantics";
import { mentionsUnknown, UNKNOWN } from "../arguments";
import type { KnownArgs } from "../schema";
import type { CompressionArgs } from "./compression";
import type { BypassValueArgs, MaintenanceArgs } from "./maintenance";
import { redirectsAnnotation, type RedirectsData } from "./redirect-maps";
import type { HstsArgs, SecurityHeadersArgs } from "./security-headers";

/** As the gateway as a whole has them, and a host. */
export interface EdgeArgs {
    readonly securityHeaders?: boolean | KnownArgs<SecurityHeadersArgs>;
    readonly maintenance?: boolean | KnownArgs<MaintenanceArgs>;
    readonly redirects?: RedirectsData;
    readonly compression?: boolean | KnownArgs<CompressionArgs>;
}

/** Of arguments, those that are settings of this kind. */
export function edgeArgsOf(args: EdgeArgs): EdgeArgs {
    return Object.fromEntries(EDGE_SETTING_NAMES.flatMap((name) => (args[name] === undefined ? [] : [[name, args[name]]])));
}

/** What the bundled proxy reads; none where there are no settings. `owner`: the name of the object that has them. */
export function edgeAnnotations(args: EdgeArgs, owner: string): Record<string, string> {
    return Object.fromEntries(
        EDGE_SETTING_NAMES.flatMap((name) => {
            const value = annotated(args, name, owner);
            return value === undefined ? [] : [[EDGE_SETTINGS[name].annotation, mentionsUnknown(value) ? UNKNOWN : JSON.stringify(value)]];
        }),
    );
}

/** What is written of an argument. */
function annotated({ securityHeaders, maintenance, redirects, compression }: EdgeArgs, name: EdgeSettingName, owner: string): unknown {
    switch (name) {
        case "securityHeaders":
            return typeof securityHeaders === "object" ? tuned(securityHeaders) : securityHeaders;
        case "maintenance":
            return typeof maintenance === "object" ? looked(maintenance) : maintenance;
        case "redirects":
            return redirectsAnnotation(owner, redirects);
        case "compression":
            return typeof compression === "object" ? smaller(compression) : compression;
        default:
            return name satisfies never;
    }
}

function tuned({ override, hsts, contentTypeOptions, referrerPolicy, frameAncestors, ...more }: KnownArgs<SecurityHeadersArgs>): object {
    const { contentSecurityPolicy, permissionsPolicy } = more;
    const { crossOriginOpenerPolicy, crossOriginResourcePolicy, crossOriginEmbedderPolicy } = more;
    return {
        override,
        hsts: typeof hsts === "object" ? lifetime(hsts) : hsts,
        contentTypeOptions,
        referrerPolicy,
        frameAncestors,
        contentSecurityPolicy,
        permissionsPolicy,
        crossOriginOpenerPolicy,
        crossOriginResourcePolicy,
        crossOriginEmbedderPolicy,
    };
}

function lifetime({ maxAge, includeSubDomains, preload }: KnownArgs<HstsArgs>): object {
    return { maxAge, includeSubDomains, preload };
}

function looked({ status, retryAfter, page, bypass }: KnownArgs<MaintenanceArgs>): object {
    return {
        status,
        retryAfter,
        page: page && { html: page.html, json: page.json, text: page.text },
        bypass: bypass && {
            header: bypass.header && pair(bypass.header),
            cookie: bypass.cookie && pair(bypass.cookie),
            addresses: bypass.addresses,
            paths: bypass.paths,
        },
    };
}

const pair = ({ name, value }: KnownArgs<BypassValueArgs>): object => ({ name, value });

function smaller({ algorithms, minLength, contentTypes, credentials, removeAcceptEncoding }: KnownArgs<CompressionArgs>): object {
    return { algorithms, minLength, contentTypes, credentials, removeAcceptEncoding };
}
