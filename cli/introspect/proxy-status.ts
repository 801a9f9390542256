/** `gatehouse proxy-status`: whether each proxy, and each of its workers, serves what the source has. */
import { refText, type ObjectRef } from "../../istio";
import type { RejectedObject } from "../../proxy/admin/rejects";
import { jsonText, yamlText } from "../documents";
import { CommandError, EXIT, type ExitCode } from "../exit";
import { inOneLine, type Terminal } from "../terminal";
import type { AdminSource } from "./admin-source";
import type { Format } from "./output";
import { findProxies, type ProxyChoice } from "./proxies";
import { GAP, tableText } from "./table";

type Word = "SYNCED" | "STALE" | "REJECTED" | "NOT SENT" | "UNREACHABLE";

/** As the admin server tells it. */
interface Sync {
    readonly gatehouse: string;
    readonly ready: boolean;
    readonly draining: boolean;
    readonly version: number;
    readonly workers: readonly WorkerSync[];
    readonly source: { readonly kind?: string; readonly synced?: boolean; readonly behindSeconds?: number } | null;
    readonly rejected: readonly RejectedObject[];
}

interface WorkerSync {
    readonly number: number;
    readonly restarts: number;
    readonly version: number;
    readonly inSync: boolean;
    readonly staleSeconds: number;
}

/** Istio's discovery services, each with the kinds whose objects come into it. */
const SERVICES = {
    CDS: ["DestinationRule", "Service", "ServiceEntry"],
    EDS: ["EndpointSlice", "WorkloadEntry", "Pod", "Node"],
    LDS: ["Gateway", "Telemetry", "AuthorizationPolicy", "RequestAuthentication", "Sidecar", "ProxyConfig"],
    RDS: ["VirtualService", "Ingress", "IngressClass"],
    SDS: ["Secret", "ConfigMap", "File"],
} as const;
type Service = keyof typeof SERVICES;
const NAMES = Object.keys(SERVICES) as Service[];

export interface ProxyReport extends Readonly<Record<Service, Word>> {
    readonly name: string;
    readonly status: Word;
    /** Of the configuration. */
    readonly version: number;
    readonly gatehouse: string;
    readonly workers: readonly WorkerSync[];
    /** Seconds since it was as the source has it; 0: it is. */
    readonly staleSeconds: number;
    readonly rejected: readonly RejectedObject[];
    /** In words, a line each. */
    readonly reasons: readonly string[];
}

/** The source is asked at least so often: what is younger says nothing. */
const BEHIND_SECONDS = 30;

export async function proxyStatus(options: ProxyChoice & { readonly output: Format }, terminal: Terminal): Promise<ExitCode> {
    const { proxies, close } = await findProxies(options);
    try {
        const reports = await Promise.all(proxies.map(reportOf));
        print(reports, options.output, terminal);
        if (reports.every(({ status }) => status === "UNREACHABLE")) return EXIT.unable;
        return reports.every(({ status }) => status === "SYNCED") ? EXIT.ok : EXIT.failure;
    } finally {
        close();
    }
}

async function reportOf(proxy: AdminSource): Promise<ProxyReport> {
    try {
        return statusOf(proxy.name, (await proxy.get("/sync")) as Sync);
    } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        return {
            name: proxy.name,
            status: "UNREACHABLE",
            ...everywhere("UNREACHABLE"),
            version: 0,
            gatehouse: "",
            workers: [],
            staleSeconds: 0,
            rejected: [],
            reasons: [error.message],
        };
    }
}

/** What is not sent comes before what is stale, and that before what is rejected: each says less of the next. */
export function statusOf(name: string, { gatehouse, version, workers, source, rejected, draining }: Sync): ProxyReport {
    const behind = workers.filter(({ inSync }) => !inSync);
    const sourceBehind = source?.behindSeconds ?? 0;
    const isSourceStale = sourceBehind > BEHIND_SECONDS;
    const staleSeconds = Math.max(isSourceStale ? sourceBehind : 0, ...behind.map((one) => one.staleSeconds));
    const isSent = version > 0 && source !== null;
    const whole: Word = !isSent ? "NOT SENT" : behind.length > 0 || isSourceStale ? "STALE" : "SYNCED";
    const words = Object.fromEntries(
        NAMES.map((service) => [service, whole !== "NOT SENT" && isRejectedIn(service, rejected) ? "REJECTED" : whole]),
    ) as Record<Service, Word>;
    const status = whole === "SYNCED" && rejected.length > 0 ? "REJECTED" : whole;
    return {
        name,
        status,
        ...words,
        version,
        gatehouse,
        workers,
        staleSeconds,
        rejected,
        reasons: [
            ...(isSent ? [] : ["NOT SENT: the source has not been read yet"]),
            ...(draining ? ["it is draining: nothing that changes is taken over any more"] : []),
            ...(isSourceStale ? [`STALE: the source was heard of last ${sourceBehind} s ago; what was read then is served`] : []),
            ...behind.map(behindText(version)),
            ...rejected.map(rejectText),
        ],
    };
}

function behindText(version: number): (worker: WorkerSync) => string {
    return ({ number, version: own, restarts, staleSeconds }) =>
        own === 0
            ? `STALE: worker ${number} has begun and serves nothing yet${restarts > 0 ? `; it was started again ${restarts} times` : ""}`
            : `STALE: worker ${number} serves version ${own} of ${version}, for ${staleSeconds} s`;
}

function isRejectedIn(service: Service, rejected: readonly RejectedObject[]): boolean {
    return rejected.some(({ object }) => serviceOf(object) === service);
}

/** A file of which nobody knows what is in it, and kinds that have no service of their own, count as listeners. */
function serviceOf(object: ObjectRef | undefined): Service {
    const kind = object?.kind ?? "";
    return NAMES.find((service) => (SERVICES[service] as readonly string[]).includes(kind)) ?? "LDS";
}

function rejectText({ object, field, code, reason, fix, place, served }: RejectedObject): string {
    const what = [object ? refText(object) : "", field].filter((part) => part !== "").join(" ");
    const where = place ? ` (${place.file}:${place.line})` : "";
    return `REJECTED: ${what}${what === "" ? "" : ": "}${reason.replace(/\.$/, "")}${where} [${code}]; ${served} is served${fix === "" ? "" : `. ${fix}`}`;
}

function everywhere(word: Word): Record<Service, Word> {
    return Object.fromEntries(NAMES.map((service) => [service, word])) as Record<Service, Word>;
}

function print(reports: readonly ProxyReport[], output: Format, terminal: Terminal): void {
    switch (output) {
        case "json":
            return terminal.print(jsonText(reports));
        case "yaml":
            return terminal.print(yamlText(reports));
        case "table":
        case "short": {
            const rows = reports.map((one) => {
                const synced = one.workers.filter(({ inSync }) => inSync).length;
                const workers = one.workers.length === 0 ? "-" : `${synced}/${one.workers.length}`;
                return [
                    one.name,
                    ...NAMES.map((service) => wordText(one, one[service])),
                    workers,
                    String(one.version),
                    one.gatehouse || "-",
                ];
            });
            terminal.print(tableText({ header: ["NAME", ...NAMES, "WORKERS", "CONFIG", "VERSION"], rows, gap: GAP }));
            const reasons = reports.flatMap((one) =>
                one.reasons.map((reason) => inOneLine(`${reports.length > 1 ? `${one.name}: ` : ""}${reason}`)),
            );
            if (reasons.length > 0) terminal.print(`\n${reasons.join("\n")}`);
            return;
        }
        default:
            return output satisfies never;
    }
}

/** A worker that has taken nothing yet has no age: as istioctl has it. */
function wordText({ staleSeconds, workers }: ProxyReport, word: Word): string {
    if (word !== "STALE") return word;
    return workers.some(({ inSync, version }) => !inSync && version === 0) ? "STALE (Never Acknowledged)" : `STALE (${staleSeconds}s)`;
}
