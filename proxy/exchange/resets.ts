/** How the failures of an upstream are told: Envoy's flags, statuses and words, which people search their logs for. */
import type { ResetReason } from "../http/doors";
import { connectError } from "../net/connect-error";
import { isTlsError } from "../net/tls-error";

export interface ResetMeaning {
    readonly flag: string;
    readonly status: number;
    readonly text: string;
}

const MEANINGS: Readonly<Record<ResetReason, ResetMeaning>> = {
    "connect-failure": { flag: "UF", status: 503, text: "remote connection failure" },
    "connect-timeout": { flag: "UF", status: 503, text: "connection timeout" },
    "tls-failure": { flag: "UF", status: 503, text: "remote connection failure" },
    "connection-closed": { flag: "UC", status: 503, text: "connection termination" },
    "remote-reset": { flag: "UR", status: 503, text: "remote reset" },
    refused: { flag: "UR", status: 503, text: "remote refused stream reset" },
    overflow: { flag: "UO", status: 503, text: "overflow" },
    "protocol-error": { flag: "UPE", status: 502, text: "protocol error" },
    timeout: { flag: "UT", status: 504, text: "timeout" },
    "client-gone": { flag: "DC", status: 503, text: "downstream disconnect" },
    local: { flag: "LR", status: 503, text: "local reset" },
};

export function resetMeaning(reason: ResetReason): ResetMeaning {
    return MEANINGS[reason];
}

export function resetBody(reason: ResetReason, retried: boolean): string {
    return `upstream connect error or disconnect/reset before headers. ${retried ? "retried and the latest " : ""}reset reason: ${MEANINGS[reason].text}`;
}

/** `failure`: what the system said of the connection. */
export function resetDetails(reason: ResetReason, started: boolean, failure = ""): string {
    const error = reason === "connect-failure" ? connectError(failure) : isTlsError(failure) ? failure : undefined;
    const why = `${MEANINGS[reason].text.replaceAll(" ", "_")}${error === undefined ? "" : `|${error}`}`;
    return `upstream_reset_${started ? "after" : "before"}_response_started{${why}}`;
}
