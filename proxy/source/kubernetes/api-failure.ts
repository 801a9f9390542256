/** Why the API server did not give what was asked, told apart by what to do about it. */
import type { Verb } from "./verbs";

export type ApiFailure =
    /** Nobody answers, or not like an API server. */
    | { readonly kind: "unreachable"; readonly reason: string }
    /** 401. */
    | { readonly kind: "unauthorized"; readonly reason: string }
    /** 403, with the API server's own words. */
    | { readonly kind: "forbidden"; readonly verb: Verb; readonly reason: string }
    /** 404: the cluster does not know the resource in any version. */
    | { readonly kind: "absent" }
    /** 429. */
    | { readonly kind: "throttled"; readonly afterMs: number }
    /** 409: it was changed, or made, by somebody else meanwhile. */
    | { readonly kind: "conflict" }
    /** 410: what we have is too old to go on from. */
    | { readonly kind: "expired" }
    /** It answers with a fault of its own, or of ours. */
    | { readonly kind: "refused"; readonly reason: string };

export class ApiError extends Error {
    readonly failure: ApiFailure;

    constructor(failure: ApiFailure) {
        super("reason" in failure ? failure.reason : failure.kind);
        this.name = "ApiError";
        this.failure = failure;
    }
}

const MAX_REASON = 300;
const MAX_RETRY_AFTER_MS = 60_000;

/** What a status and its body say. `message` is that of the Status object, or the text. */
export function failureOf(status: number, message: string, verb: Verb, retryAfter: string | undefined): ApiFailure {
    const reason = message.replace(/\s+/g, " ").trim().slice(0, MAX_REASON);
    switch (status) {
        case 401:
            return { kind: "unauthorized", reason };
        case 403:
            return { kind: "forbidden", verb, reason };
        case 404:
            return { kind: "absent" };
        case 409:
            return { kind: "conflict" };
        case 410:
            return { kind: "expired" };
        case 429:
            return { kind: "throttled", afterMs: retryAfterMs(retryAfter) };
        default:
            // After a restore from a backup the cluster's versions lie before ours.
            if (/too large resource version/i.test(reason)) return { kind: "expired" };
            return { kind: "refused", reason: `it answered ${status}${reason === "" ? "" : `: ${reason}`}` };
    }
}

/** Of anything thrown on the way to a response. */
export function failureOfError(error: unknown): ApiFailure {
    if (error instanceof ApiError) return error.failure;
    return { kind: "unreachable", reason: reasonOfError(error) };
}

export function messageOfStatus(text: string): string {
    try {
        const { message } = JSON.parse(text) as { message?: unknown };
        return typeof message === "string" ? message : "";
    } catch {
        return text;
    }
}

function retryAfterMs(header: string | undefined): number {
    const seconds = /^\d{1,6}$/.test(header ?? "") ? Number(header) : 1;
    return Math.min(Math.max(seconds * 1000, 500), MAX_RETRY_AFTER_MS);
}

const ERRNO: Readonly<Record<string, string>> = {
    ECONNREFUSED: "the connection is refused",
    ECONNRESET: "the connection was reset",
    EPIPE: "the connection was reset",
    ETIMEDOUT: "the connection timed out",
    EHOSTUNREACH: "there is no way to the host",
    ENETUNREACH: "there is no way to the network",
    ENOTFOUND: "its name does not resolve",
    EAI_AGAIN: "its name does not resolve now",
    SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not signed by the CA that is configured",
    DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not signed by the CA that is configured",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not signed by the CA that is configured",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not signed by the CA that is configured",
    CERT_SIGNATURE_FAILURE: "its certificate is not signed by the CA that is configured",
    CERT_HAS_EXPIRED: "its certificate has expired",
};

function reasonOfError(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    // Several addresses were tried: the first says as much as all.
    const inner = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
    const code = "code" in inner ? String(inner.code) : "";
    return (Object.hasOwn(ERRNO, code) ? ERRNO[code] : undefined) ?? inner.message.slice(0, MAX_REASON);
}
