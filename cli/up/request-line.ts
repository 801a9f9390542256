/** One line for people about one request or connection that a gateway of this run had, from its access log record. */
import { readableText } from "../../istio/wire-text";
import type { Terminal } from "../terminal";

/** What of a record is shown, under the names that Istio's JSON format has. */
export interface ShownRecord {
    readonly start_time?: string | null;
    readonly method?: string | null;
    readonly path?: string | null;
    readonly protocol?: string | null;
    readonly authority?: string | null;
    readonly response_code?: number | null;
    readonly response_flags?: string | null;
    readonly response_code_details?: string | null;
    readonly connection_termination_details?: string | null;
    readonly upstream_transport_failure_reason?: string | null;
    readonly duration?: number | null;
    readonly upstream_cluster?: string | null;
    readonly requested_server_name?: string | null;
    readonly downstream_local_address?: string | null;
    readonly bytes_received?: number | null;
    readonly bytes_sent?: number | null;
}

const MOST_CHARACTERS = 160;
/** What moves a cursor, ends a line, or turns the direction of text. */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** As a terminal may show it: of whatever a client wrote, one line, and nothing that the terminal would obey. */
function safe(text: string): string {
    const plain = readableText(text).replace(UNSHOWN, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`);
    return plain.length > MOST_CHARACTERS ? `${plain.slice(0, MOST_CHARACTERS)}…` : plain;
}

function statusStyle(status: number): Parameters<Terminal["style"]>[0] {
    if (status >= 500 || status === 0) return "red";
    if (status >= 400) return "yellow";
    return status >= 300 ? "cyan" : "green";
}

/** `outbound|80||web.shop.svc.cluster.local` as `web.shop:80`. */
function destination(cluster: string): string {
    const [, port, subset, host = ""] = cluster.split("|");
    if (host === "") return cluster;
    return `${host.replace(/\.svc\.cluster\.local$/, "")}${subset === "" ? "" : `/${subset}`}:${port}`;
}

/** Why it did not go well, in the words of the access log; empty: it did. */
function troubles(record: ShownRecord): string {
    const details = record.response_code_details ?? record.connection_termination_details ?? "";
    // No flag is a hyphen, in JSON too, as Envoy has it.
    const flags = record.response_flags === "-" ? "" : (record.response_flags ?? "");
    const told = flags !== "" || (record.upstream_cluster ?? "") === "" ? details : "";
    return [flags, told === "via_upstream" ? "" : told, record.upstream_transport_failure_reason]
        .filter((one) => one !== null && one !== undefined && one !== "")
        .map((one) => safe(one!))
        .join(" ");
}

/** `12:00:01.234  200  GET http://web.example.com/x  3 ms  → web.shop:80  istio-ingress/public`. */
export function requestLineFor(record: ShownRecord, gateway: string, style: Terminal["style"]): string {
    const isRequest = (record.protocol ?? "") !== "" || (record.response_code ?? 0) > 0;
    const status = record.response_code ?? 0;
    const code = isRequest ? style(statusStyle(status), status === 0 ? "---" : String(status)) : style("dim", "tcp");
    const what = isRequest
        ? `${safe(record.method ?? "-")} ${safe(record.authority ?? "-")}${safe(record.path ?? "")}`
        : `${safe(record.requested_server_name ?? record.downstream_local_address ?? "-")}  ${record.bytes_received ?? 0} B in, ${record.bytes_sent ?? 0} B out`;
    const cluster = record.upstream_cluster ?? "";
    const why = troubles(record);
    return [
        style("dim", (record.start_time ?? "").slice(11, 23)),
        code,
        what,
        style("dim", `${record.duration ?? 0} ms`),
        ...(cluster === "" ? [] : [`→ ${safe(destination(cluster))}`]),
        ...(why === "" ? [] : [style("yellow", why)]),
        style("dim", gateway),
    ].join("  ");
}
