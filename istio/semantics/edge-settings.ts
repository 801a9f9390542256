/**
 * What a gateway does to the requests and responses of whole hosts, beside their routes: each setting in an annotation, of a
 * VirtualService for its hosts, and of the Service in front of a gateway's pods for whatever has none of its own.
 */
import { readSecurityHeaders, SECURITY_HEADERS_ANNOTATION, type SecurityHeaders } from "./security-headers";
import type { ReadSetting } from "./setting-reader";

export interface EdgeSettings {
    readonly securityHeaders: SecurityHeaders;
}

export type EdgeSettingName = keyof EdgeSettings;

export interface EdgeSetting<T> {
    readonly annotation: string;
    readonly read: (text: string) => ReadSetting<T>;
    /** What one that can't be read is taken for; absent: nothing is done. */
    readonly unreadable?: T;
    /** Whether it may stand before a whole gateway. */
    readonly ofGateway: boolean;
    readonly code: "GH0148";
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
};

export const EDGE_SETTING_NAMES = Object.keys(EDGE_SETTINGS) as readonly EdgeSettingName[];
