/**
 * Active health checks of a destination, for which Istio has no words: an annotation of its DestinationRule, as JSON. A check
 * that can't be read is none, and says so.
 */
import { parseDuration } from "../durations";
import { isRecord } from "../validation/outline";
import { readSetting, Unreadable } from "./setting-reader";

export const HEALTH_CHECK_ANNOTATION = "gatehouse.dev/health-check";

export interface HealthCheck {
    readonly ask:
        | { readonly kind: "http"; readonly path: string; readonly host?: string; readonly statuses: readonly StatusRange[] }
        | { readonly kind: "tcp" }
        | { readonly kind: "grpc"; readonly service: string };
    readonly port?: number;
    readonly intervalMs: number;
    readonly jitterMs: number;
    readonly timeoutMs: number;
    readonly unhealthyThreshold: number;
    readonly healthyThreshold: number;
}

/** Both included. */
export type StatusRange = readonly [from: number, to: number];

/** A check, or what is wrong with it: `http.path: got 7, wanted a path as in "/healthz"`. */
export type ReadHealthCheck = HealthCheck | { readonly fault: string };

const KINDS = ["http", "tcp", "grpc"];
const FIELDS = [...KINDS, "port", "interval", "jitter", "timeout", "unhealthyThreshold", "healthyThreshold"];
const INTERVAL_MS = 10_000;
const TIMEOUT_MS = 1_000;
const DAY_MS = 86_400_000;

export function readHealthCheck(text: string): ReadHealthCheck {
    const read = readSetting(text, checkOf);
    return "fault" in read ? read : read.value;
}

function checkOf(value: unknown): HealthCheck {
    const fields = recordAt("", value, FIELDS);
    const given = KINDS.filter((kind) => fields[kind] !== undefined);
    if (given.length !== 1) throw new Unreadable(`${given.length === 0 ? "none" : given.join(" and ")} of http, tcp and grpc, wanted one`);
    const intervalMs = timeAt(fields, "interval", INTERVAL_MS, 10);
    return {
        ask: askOf(fields),
        ...(fields.port === undefined ? {} : { port: numberAt(fields, "port", 0, 65_535) }),
        intervalMs,
        jitterMs: timeAt(fields, "jitter", Math.floor(intervalMs / 10), 0),
        timeoutMs: timeAt(fields, "timeout", TIMEOUT_MS, 1),
        unhealthyThreshold: numberAt(fields, "unhealthyThreshold", 3, 1_000),
        healthyThreshold: numberAt(fields, "healthyThreshold", 1, 1_000),
    };
}

function askOf({ http, tcp, grpc }: Readonly<Record<string, unknown>>): HealthCheck["ask"] {
    if (tcp !== undefined) {
        recordAt("tcp", tcp, []);
        return { kind: "tcp" };
    }
    if (grpc !== undefined)
        return { kind: "grpc", service: textAt(recordAt("grpc", grpc, ["service"]), "grpc.service", /^[\x20-\x7e]*$/) ?? "" };
    const { path, host, expectedStatuses } = recordAt("http", http, ["path", "host", "expectedStatuses"]);
    const uri = textAt({ path }, "http.path", /^\/[\x21-\x7e]*$/);
    if (uri === undefined) throw new Unreadable('http.path: got nothing, wanted a path as in "/healthz"');
    const name = textAt({ host }, "http.host", /^[\x21-\x7e]+$/);
    return { kind: "http", path: uri, ...(name === undefined ? {} : { host: name }), statuses: statusesOf(expectedStatuses) };
}

function statusesOf(given: unknown): readonly StatusRange[] {
    if (given === undefined) return [[200, 200]];
    if (!Array.isArray(given) || given.length === 0) throw new Unreadable('http.expectedStatuses: wanted a list as in ["200", "300-399"]');
    return (given as readonly unknown[]).map((one): StatusRange => {
        const [, from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(one)) ?? [];
        if (from === undefined || Number(from) > Number(to))
            throw new Unreadable(`http.expectedStatuses: got ${JSON.stringify(one)}, wanted a status, or a range as in "200-299"`);
        return [Number(from), Number(to)];
    });
}

function recordAt(name: string, value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
    const at = name === "" ? "" : `${name}: `;
    if (!isRecord(value)) throw new Unreadable(`${at}wanted an object`);
    const other = Object.keys(value).find((key) => !known.includes(key));
    if (other !== undefined) throw new Unreadable(`${at}has no field ${JSON.stringify(other)}`);
    return value;
}

function textAt(fields: Readonly<Record<string, unknown>>, at: string, grammar: RegExp): string | undefined {
    const value = fields[at.split(".").pop()!];
    if (value === undefined) return undefined;
    if (typeof value !== "string" || !grammar.test(value)) throw new Unreadable(`${at}: got ${JSON.stringify(value)}`);
    return value;
}

function numberAt(fields: Readonly<Record<string, unknown>>, at: string, otherwise: number, most: number): number {
    const value = fields[at] ?? otherwise;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > most)
        throw new Unreadable(`${at}: got ${JSON.stringify(value)}, wanted 1 to ${most}`);
    return value;
}

function timeAt(fields: Readonly<Record<string, unknown>>, at: string, otherwise: number, least: number): number {
    const value = fields[at];
    if (value === undefined) return otherwise;
    const ms = typeof value === "string" ? parseDuration(value) : undefined;
    if (ms === undefined || ms < least || ms > DAY_MS)
        throw new Unreadable(`${at}: got ${JSON.stringify(value)}, wanted a time as in "10s", from ${least} ms to a day`);
    return ms;
}
