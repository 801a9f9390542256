/** How findings are written: for people, for programs that read istioctl's output, and for GitHub's annotations. */
import { ISTIO_CODES, refText, type Finding, type Level } from "../../istio";
import { jsonText, yamlText } from "../documents";
import { columns, shortPath, type Terminal } from "../terminal";

/** One entry of istioctl's own lists. */
export interface AnalysisMessage {
    readonly code: string;
    readonly documentationUrl: string;
    readonly level: Level;
    readonly message: string;
    /** `Kind namespace/name`. */
    readonly origin?: string;
    /** `file:line`. */
    readonly reference?: string;
    /** Which of a program's clusters it is in, where there are several; istioctl has no such field. */
    readonly cluster?: string;
}

const ISTIO_PAGES = "https://istio.io/latest/docs/reference/config/analysis";
/** In this package. */
const OWN_PAGE = "docs/messages.md";

function isIstios(code: string): boolean {
    return Object.hasOwn(ISTIO_CODES, code);
}

/** Istio's messages are Istio's to the letter; ours say what to do as well. */
function sentence({ code, field, message, fix }: Finding): string {
    if (isIstios(code)) return message;
    return `${field === "" ? "" : `${field}: `}${message.replace(/\.$/, "")}.${fix === "" ? "" : ` ${fix}`}`;
}

/** For people: what to do follows what is wrong, whoever says it. */
function advice(one: Finding): string {
    const said = sentence(one);
    return isIstios(one.code) && one.fix !== "" ? `${said.replace(/\.$/, "")}. ${one.fix}` : said;
}

export function messageOf(one: Finding): AnalysisMessage {
    return {
        code: one.code,
        documentationUrl: isIstios(one.code) ? `${ISTIO_PAGES}/${one.code.toLowerCase()}/` : OWN_PAGE,
        level: one.level,
        message: sentence(one),
        ...(one.object ? { origin: refText(one.object) } : {}),
        ...(one.place ? { reference: `${shortPath(one.place.file)}:${one.place.line}` } : {}),
        ...(one.cluster === undefined ? {} : { cluster: one.cluster }),
    };
}

const LEVEL_STYLE = { Error: "red", Warning: "yellow", Info: "dim" } as const;

/** Which object, and in which of several clusters. */
function about({ object, cluster }: Finding): string {
    return [...(object ? [refText(object)] : []), ...(cluster === undefined ? [] : [`(cluster ${cluster})`])].join(" ");
}

function tableRow(one: Finding, terminal: Terminal): string[] {
    const { code, level, reference = "" } = messageOf(one);
    return [terminal.style(LEVEL_STYLE[level], level), code, about(one), reference, advice(one)];
}

/** The words GitHub has for levels. */
const COMMANDS = { Error: "error", Warning: "warning", Info: "notice" } as const;

function escaped(text: string): string {
    return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapedProperty(text: string): string {
    return escaped(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** `::error file=a.yaml,line=3,title=IST0101 Gateway shop/web::…`, as a workflow command is written. */
export function githubLine(one: Finding): string {
    const place = one.place ? [`file=${escapedProperty(shortPath(one.place.file))}`, `line=${one.place.line}`] : [];
    const title = `title=${escapedProperty([one.code, about(one)].filter((part) => part !== "").join(" "))}`;
    return `::${COMMANDS[one.level]} ${[...place, title].join(",")}::${escaped(advice(one))}`;
}

export function printFindings(findings: readonly Finding[], format: "table" | "json" | "yaml" | "github", terminal: Terminal): void {
    switch (format) {
        case "json":
            return terminal.print(jsonText(findings.map(messageOf), "\t"));
        case "yaml":
            return terminal.print(yamlText(findings.map(messageOf), { lineWidth: 0 }));
        case "github":
            return findings.forEach((one) => terminal.print(githubLine(one)));
        case "table": {
            if (findings.length > 0)
                columns([["LEVEL", "CODE", "OBJECT", "AT", "MESSAGE"], ...findings.map((one) => tableRow(one, terminal))]).forEach((line) =>
                    terminal.print(line),
                );
            return;
        }
        default:
            return format satisfies never;
    }
}
