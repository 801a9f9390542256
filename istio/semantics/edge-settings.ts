/**
 * What a gateway does to the requests and responses of whole hosts, beside their routes: each setting in an annotation, of a
 * VirtualService for its hosts, and of the Service in front of a gateway's pods for whatever has none of its own.
 */
import { COMPRESSION_ANNOTATION, readCompression, type Compression } from "./compression";
import { CLOSED, MAINTENANCE_ANNOTATION, readMaintenance, type Maintenance } from "./maintenance";
import { readRedirects, REDIRECTS_ANNOTATION, type Redirects } from "./redirects";
import { readSecurityHeaders, SECURITY_HEADERS_ANNOTATION, type SecurityHeaders } from "./security-headers";
import type { ReadSetting } from "./setting-reader";

export interface EdgeSettings {
    readonly securityHeaders: SecurityHeaders;
    /** `false`: the host is served, whatever the gateway says. */
    readonly maintenance: Maintenance | false;
    readonly redirects: Redirects;
    /** `false`: nothing is compressed, whatever the gateway says. */
    readonly compression: Compression | false;
}

export type EdgeSettingName = keyof EdgeSettings;

export interface EdgeSetting<T> {
    readonly annotation: string;
    readonly read: (text: string) => ReadSetting<T>;
    /** What one that can't be read is taken for; absent: nothing is done. */
    readonly unreadable?: T;
    /** Whether it may stand before a whole gateway. */
    readonly ofGateway: boolean;
    readonly code: "GH0148" | "GH0149";
    /** What becomes of one that can't be read. */
    readonly otherwise: string;
    readonly example: string;
}

export const EDGE_SETTINGS: { readonly [K in EdgeSettingName]: EdgeSetting<EdgeSettings[K]> } = {
    securityHeaders: {
        annotation: SECURITY_HEADERS_ANNOTATION,
        read: readSecurityHeaders,
        ofGateway: true,
        code: "GH0148",
        otherwise: "has no headers that can be given, and none are",
        example: '{"hsts":{"maxAge":"8760h"},"frameAncestors":"\'none\'"}',
    },
    maintenance: {
        annotation: MAINTENANCE_ANNOTATION,
        read: readMaintenance,
        unreadable: CLOSED,
        ofGateway: true,
        code: "GH0149",
        otherwise: "can't be read, and everybody is answered 503",
        example: '{"retryAfter":"10m","bypass":{"addresses":["10.0.0.0/8"]}}',
    },
    redirects: {
        annotation: REDIRECTS_ANNOTATION,
        read: readRedirects,
        ofGateway: false,
        code: "GH0148",
        otherwise: "has no redirects that can be made, and none are",
        example: '{"configMaps":["moved"]}',
    },
    compression: {
        annotation: COMPRESSION_ANNOTATION,
        read: readCompression,
        ofGateway: true,
        code: "GH0148",
        otherwise: "can't be read, and nothing is compressed",
        example: '{"algorithms":["br","gzip"],"minLength":1024}',
    },
};

export const EDGE_SETTING_NAMES = Object.keys(EDGE_SETTINGS) as readonly EdgeSettingName[];
