/** What is told of requests and to clients, as people may see it: an expression may compare a header with a password, and pages are bodies. */
import { withoutCelTexts } from "../../istio/cel";
import type { JsonFormat } from "../../istio/log-format";
import { soundsSecret } from "../../istio/secret-names";
import type { AccessLogEntry, EdgeEntry, ErrorPagesEntry, MetricsEntry } from "../tables";
import { REDACTED } from "./redacted";

interface JsonFields {
    readonly [name: string]: JsonFormat;
}

/** Some who take logs want a password in each line. */
export function accessLogDump(entry: AccessLogEntry, isShared: boolean): AccessLogEntry {
    return { ...entry, filter: expressionText(entry.filter, isShared), to: destinationDump(entry.to) };
}

function destinationDump(to: AccessLogEntry["to"]): AccessLogEntry["to"] {
    if (to.kind === "otlp")
        return { ...to, attributes: to.attributes.map(([name, format]) => [name, soundsSecret(name) ? REDACTED : format] as const) };
    if (to.format.kind !== "json") return to;
    return { ...to, format: { ...to.format, fields: fieldsDump(to.format.fields) } };
}

function fieldsDump(fields: JsonFields): JsonFields {
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, soundsSecret(name) ? REDACTED : valueDump(value)]));
}

function valueDump(value: JsonFormat): JsonFormat {
    if (typeof value !== "object" || value === null) return value;
    return isList(value) ? value.map(valueDump) : fieldsDump(value);
}

function isList(value: object): value is readonly JsonFormat[] {
    return Array.isArray(value);
}

export function metricsDump({ metrics, ...rest }: MetricsEntry, isShared: boolean): MetricsEntry {
    return {
        ...rest,
        metrics: metrics.map(({ tags, ...metric }) => ({
            ...metric,
            tags: tags.map(({ expression, ...tag }) => ({
                ...tag,
                ...(expression === undefined ? {} : { expression: expressionText(expression, isShared) }),
            })),
        })),
    };
}

export function errorPagesDump({ pages, ...rest }: ErrorPagesEntry, isShared: boolean): ErrorPagesEntry {
    if (!isShared) return { ...rest, pages };
    return {
        ...rest,
        pages: pages.map(({ json, text, html, ...page }) => ({
            ...page,
            ...(json === undefined ? {} : { json: REDACTED }),
            ...(text === undefined ? {} : { text: REDACTED }),
            ...(html === undefined ? {} : { html: REDACTED }),
        })),
    };
}

/** What lets somebody pass is half a password, whoever owns the object. */
export function edgeDump({ maintenance, ...rest }: EdgeEntry, isShared: boolean): EdgeEntry {
    if (maintenance === undefined) return rest;
    const { value, origin } = maintenance;
    if (value === false) return { ...rest, maintenance };
    const { header, cookie, ...bypass } = value.bypass;
    return {
        ...rest,
        maintenance: {
            origin,
            value: {
                ...value,
                page: isShared ? Object.fromEntries(Object.keys(value.page).map((form) => [form, REDACTED])) : value.page,
                bypass: {
                    ...bypass,
                    ...(header && { header: { ...header, value: REDACTED } }),
                    ...(cookie && { cookie: { ...cookie, value: REDACTED } }),
                },
            },
        },
    };
}

function expressionText(expression: string, isShared: boolean): string {
    return isShared || soundsSecret(expression) ? withoutCelTexts(expression, `'${REDACTED}'`) : expression;
}
