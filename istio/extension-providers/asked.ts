/** What providers have in common that are asked over the network whether a request may pass. */
import type { Settings } from "../provider-settings";
import { readService, type ServiceSettings } from "./service";

export interface AskedSettings extends ServiceSettings {
    readonly timeoutMs: number;
    readonly failOpen: boolean;
    readonly statusOnError: number;
    readonly clearRouteCache: boolean;
}

export interface BodySettings {
    readonly maxBytes: number;
    readonly allowPartial: boolean;
    readonly asBytes: boolean;
}

/** Istio's, where nothing is said. */
const TIMEOUT_MS = 600_000;
/** What a timer takes. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** So much of a body is held for one request at most. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Envoy's list of statuses (envoy.type.v3.StatusCode), of those that can end a request. */
const STATUSES = new Set([
    200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408,
    409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 426, 428, 429, 431, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510,
    511,
]);

export function readAsked(given: Settings): AskedSettings {
    return {
        ...readService(given),
        timeoutMs: Math.min(MAX_TIMEOUT_MS, given.duration("timeout", TIMEOUT_MS)),
        failOpen: given.flag("failOpen"),
        statusOnError: readStatus(given),
        clearRouteCache: given.flag("clearRouteCache"),
    };
}

function readStatus(given: Settings): number {
    const text = given.text("statusOnError", "");
    if (text === "") return 403;
    const status = /^[+]?\d{1,9}$/.test(text) ? Number(text) : 0;
    if (!STATUSES.has(status)) given.fault("statusOnError", 'is no HTTP status that ends a request, as in "503"');
    return status;
}

/** Undefined: the body is not sent. */
export function readBody(given: Settings): BodySettings | undefined {
    if (!given.has("includeRequestBodyInCheck")) return undefined;
    const body = given.inner("includeRequestBodyInCheck");
    return {
        maxBytes: body.whole("maxRequestBytes", 1, MAX_BODY_BYTES),
        allowPartial: body.flag("allowPartialMessage"),
        asBytes: body.flag("packAsBytes"),
    };
}
