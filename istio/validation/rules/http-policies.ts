/** Retries, faults, mirrors and CORS of an HTTP rule. */
import { didYouMean } from "../../did-you-mean";
import { parseDuration } from "../../durations";
import { shown, shownText } from "../../shown";
import type { CorsPolicy, HTTPFaultInjection, HTTPRetry, HTTPRoute } from "../../types";
import { each, isSet, type Loose, type Report } from "../report";
import { isToken } from "../../wire-text";
import { stringMatchRules } from "./http-match";
import { checkDestination } from "./shared";

/** What Envoy retries on, of HTTP and of gRPC. */
export const RETRY_CONDITIONS: readonly string[] = [
    "5xx",
    "gateway-error",
    "reset",
    "reset-before-request",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "retriable-headers",
    "envoy-ratelimited",
    "http3-post-connect-failure",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
];

/** Statuses that have a name, as Go knows them; Istio takes no other. */
const STATUSES: ReadonlySet<number> = new Set(
    [
        [100, 103],
        [200, 208],
        [226, 226],
        [300, 305],
        [307, 308],
        [400, 418],
        [421, 426],
        [428, 429],
        [431, 431],
        [451, 451],
        [500, 508],
        [510, 511],
    ].flatMap(([first = 0, last = 0]) => Array.from({ length: last - first + 1 }, (_, index) => first + index)),
);

export function retryRules(retries: Loose<HTTPRetry> | undefined, field: string, report: Report): void {
    if (!retries) {
        return;
    }
    if (!retries.attempts && (isSet(retries.perTryTimeout) || isSet(retries.retryOn) || retries.retryRemoteLocalities !== undefined)) {
        report("GH0105", field, "says how to try again, but `attempts` is 0 or absent, which turns it off", "Set `attempts`.");
    }
    if (!isSet(retries.retryOn)) {
        return;
    }
    for (const word of (retries.retryOn ?? "").split(",")) {
        const isStatus = /^\d+$/.test(word) && STATUSES.has(Number(word));
        if (!isStatus && !RETRY_CONDITIONS.includes(word)) {
            const near = didYouMean(word.trim(), RETRY_CONDITIONS);
            const spaced = word !== word.trim() && word.trim() !== "";
            report(
                "GH0104",
                `${field}.retryOn`,
                `${shownText(word)} is no condition to try again on`,
                spaced
                    ? "Leave the space out."
                    : near
                      ? `Did you mean \`${near}\`?`
                      : `Conditions are status codes and ${RETRY_CONDITIONS.join(", ")}.`,
            );
        }
    }
}

const GRPC_STATUSES: readonly string[] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

export function faultRules(fault: Loose<HTTPFaultInjection> | undefined, field: string, report: Report): void {
    if (!fault) {
        return;
    }
    const { abort, delay } = fault;
    if (!abort && !delay) {
        report("GH0103", field, "is empty", "Add `abort` or `delay`, or leave it out.");
    }
    if (abort) {
        abortRules(abort, `${field}.abort`, report);
    }
    if (delay) {
        if (isSet(delay.exponentialDelay)) {
            report("GH0104", `${field}.delay.exponentialDelay`, "is not implemented by Istio", "Use `fixedDelay`.");
        } else if (!isSet(delay.fixedDelay)) {
            report("GH0111", `${field}.delay`, "says no `fixedDelay` and delays nothing");
        }
        shareRules(delay.percentage, `${field}.delay.percentage`, report);
        if (!delay.percentage && delay.percent === undefined) {
            report(
                "GH0111",
                `${field}.delay`,
                "has no `percentage`, which means 0: no request is delayed",
                "Add `percentage: { value: 100 }`.",
            );
        }
    }
}

function abortRules(abort: Loose<NonNullable<HTTPFaultInjection["abort"]>>, field: string, report: Report): void {
    if (abort.httpStatus !== undefined && (abort.httpStatus < 200 || abort.httpStatus > 599)) {
        report("GH0104", `${field}.httpStatus`, `got ${shown(abort.httpStatus)}, wanted 200 to 599`);
    }
    if (abort.grpcStatus !== undefined && !GRPC_STATUSES.includes(abort.grpcStatus ?? "")) {
        const near = didYouMean(abort.grpcStatus ?? "", GRPC_STATUSES);
        report(
            "GH0104",
            `${field}.grpcStatus`,
            `got ${shownText(abort.grpcStatus ?? "")}, wanted a gRPC status by name`,
            near ? `Did you mean \`${near}\`?` : "Write it as in `UNAVAILABLE`.",
        );
    }
    if (abort.http2Error !== undefined) {
        report("GH0104", `${field}.http2Error`, "is not implemented by Istio", "Use `httpStatus`.");
    }
    if (abort.httpStatus === undefined && abort.grpcStatus === undefined && abort.http2Error === undefined) {
        report("GH0111", field, "says no status and aborts nothing", "Add `httpStatus`.");
    }
    shareRules(abort.percentage, `${field}.percentage`, report);
    if (!abort.percentage) {
        report("GH0111", field, "has no `percentage`, which means 0: no request is aborted", "Add `percentage: { value: 100 }`.");
    }
}

/** Envoy counts in millionths. */
const LEAST_SHARE = 0.0001;

function shareRules(share: { readonly value?: number } | undefined, field: string, report: Report): void {
    const value = share?.value ?? 0;
    if (value > 0 && value < LEAST_SHARE) {
        report("GH0104", `${field}.value`, `got ${shown(value)}, wanted 0 or at least ${LEAST_SHARE}`);
    }
}

export function mirrorRules(rule: Loose<HTTPRoute>, field: string, report: Report): void {
    checkDestination(rule.mirror, `${field}.mirror`, report);
    each(rule.mirrors, `${field}.mirrors`, (mirror, at) => checkDestination(mirror.destination, `${at}.destination`, report));
    // What a rule that delegates would mirror is not looked at.
    if (rule.mirror && (rule.mirrors?.length ?? 0) > 0 && !rule.delegate) {
        report("GH0105", field, "has `mirror` and `mirrors`", "Keep `mirrors`.");
    }
    if (!rule.mirror && (rule.mirrorPercentage || rule.mirrorPercent !== undefined)) {
        report("GH0111", field, "says a share to mirror but not where to", "Add `mirror`, or leave it out.");
    }
}

const CORS_METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"];

export function corsRules(cors: Loose<CorsPolicy> | undefined, field: string, report: Report): void {
    if (!cors) {
        return;
    }
    each(cors.allowOrigins, `${field}.allowOrigins`, (match, at) => {
        if (!isSet(match.exact) && !isSet(match.prefix) && !isSet(match.regex)) {
            report("GH0104", at, "names no origin", 'Set `exact`, `prefix` or `regex`; `exact: "*"` is every origin.');
        } else {
            stringMatchRules(match, at, true, report);
        }
    });
    each(cors.allowMethods, `${field}.allowMethods`, (method, at) => {
        if (method !== "*" && !CORS_METHODS.includes(method)) {
            const upper = method.toUpperCase();
            report(
                "GH0104",
                at,
                `got ${shownText(method)}, wanted one of ${CORS_METHODS.join(", ")}`,
                CORS_METHODS.includes(upper) ? `Write \`${upper}\`.` : "",
            );
        }
    });
    for (const list of ["allowHeaders", "exposeHeaders"] as const) {
        each(cors[list], `${field}.${list}`, (name, at) => {
            if (!isToken(name)) {
                report("GH0104", at, name === "" ? "a header's name is empty" : `${shownText(name)} is no header's name`);
            }
        });
    }
    const age = cors.maxAge === undefined ? undefined : parseDuration(cors.maxAge);
    if (age !== undefined && age >= 1 && age % 1000 !== 0) {
        report("GH0104", `${field}.maxAge`, `got ${shownText(cors.maxAge ?? "")}, wanted whole seconds`);
    }
}
