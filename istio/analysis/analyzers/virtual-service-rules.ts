/** IST0130 and IST0131: rules and matches of a VirtualService that are never reached, because of those before them. */
import type { HTTPMatchRequest, StringMatch } from "../../types";
import type { Loose } from "../../validation";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import type { AnalysisReport } from "../report";

type HttpMatch = Loose<HTTPMatchRequest>;
interface Rule {
    readonly name?: string;
    readonly match?: readonly (object | undefined)[];
}

/** Two matches of one form are one; what it is called does not matter. */
function identity(match: object | undefined): string {
    const plain = (value: unknown): unknown => {
        if (Array.isArray(value)) {
            return value.map(plain);
        }
        return typeof value === "object" && value !== null
            ? Object.entries(value)
                  .filter(([key]) => key !== "name")
                  .sort(([a], [b]) => (a < b ? -1 : 1))
                  .map(([key, one]) => [key, plain(one)])
            : value;
    };
    return JSON.stringify(plain(match ?? null));
}

export function unreachableRules(index: ObjectIndex, report: AnalysisReport): void {
    for (const service of index.of("VirtualService")) {
        const { spec } = service.usable;
        check(spec?.http, "spec.http", service, report);
        coveredPrefixes(spec?.http, service, report);
        check(spec?.tcp, "spec.tcp", service, report);
        check(spec?.tls, "spec.tls", service, report);
    }
}

function ruleName(rule: Rule | undefined, at: number): string {
    return rule?.name ? JSON.stringify(rule.name) : `#${at}`;
}

function matchName(match: object | undefined, at: number): string {
    return match && "name" in match && typeof match.name === "string" && match.name !== "" ? JSON.stringify(match.name) : `#${at}`;
}

function check(
    rules: readonly (Rule | undefined)[] | undefined,
    path: string,
    service: IndexedKind<"VirtualService">,
    report: AnalysisReport,
): void {
    const seen = new Map<string, number>();
    let catchAll = false;
    (rules ?? []).forEach((rule, at) => {
        if (!rule) {
            return;
        }
        const field = `${path}[${at}]`;
        if (!rule.match?.length) {
            if (catchAll) {
                report.istio(
                    "IST0130",
                    service,
                    field,
                    [ruleName(rule, at), "only the last rule can have no matches"],
                    "Put the rule without conditions last.",
                );
            }
            catchAll = true;
            return;
        }
        if (catchAll) {
            report.istio(
                "IST0130",
                service,
                field,
                [ruleName(rule, at), "route without matches defined before"],
                "Put the rule without conditions last.",
            );
            return;
        }
        const repeated = rule.match.filter((match, matchAt) => {
            const key = identity(match);
            const before = seen.get(key);
            if (before === undefined) {
                seen.set(key, at);
                return false;
            }
            report.istio("IST0131", service, `${field}.match[${matchAt}]`, [
                ruleName(rule, at),
                matchName(match, matchAt),
                ruleName(rules?.[before], before),
            ]);
            return true;
        });
        if (repeated.length === rule.match.length) {
            report.istio("IST0130", service, field, [ruleName(rule, at), "all matches used by prior rules"]);
        }
    });
}

interface PrefixMatch {
    readonly field: string;
    readonly rule: string;
    readonly match: string;
    readonly prefix: string;
    readonly port: number | undefined;
    readonly method: string;
    readonly authority: string;
    readonly maps: readonly Readonly<Record<string, string>>[];
}

function words(match: Loose<StringMatch> | undefined): string {
    return match?.exact ? `exact ${match.exact}` : match?.prefix ? `prefix ${match.prefix}` : "";
}

function wordsOf(map: Readonly<Record<string, Loose<StringMatch> | undefined>> | undefined): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(map ?? {}).map(([key, match]) => [key, words(match)]));
}

function prefixMatch(match: HttpMatch, rule: Rule, at: number, matchAt: number): PrefixMatch | undefined {
    const prefix = match.uri?.prefix;
    return prefix
        ? {
              field: `spec.http[${at}].match[${matchAt}]`,
              rule: ruleName(rule, at),
              match: matchName(match, matchAt),
              prefix,
              port: match.port,
              method: words(match.method) || "exact GET",
              authority: words(match.authority),
              maps: [wordsOf(match.headers), wordsOf(match.queryParams), wordsOf(match.withoutHeaders)],
          }
        : undefined;
}

/** Whether `earlier` takes all that `later` is for, as far as Istio compares them. */
function covers(earlier: PrefixMatch, later: PrefixMatch): boolean {
    return (
        later.prefix.startsWith(earlier.prefix) &&
        later.prefix !== earlier.prefix &&
        earlier.port === later.port &&
        earlier.method.startsWith(later.method) &&
        earlier.authority.startsWith(later.authority) &&
        earlier.maps.every((map, at) => coversMap(map, later.maps[at] ?? {}))
    );
}

function coversMap(earlier: Readonly<Record<string, string>>, later: Readonly<Record<string, string>>): boolean {
    const keys = Object.keys(earlier);
    return (
        keys.length === Object.keys(later).length &&
        keys.every((key) => Object.hasOwn(later, key) && (earlier[key] ?? "").startsWith(later[key] ?? ""))
    );
}

/** Rules that a prefix is compared with. Walks have a few; a generated one of thousands is cut here. */
const MAX_COMPARED = 200;

function coveredPrefixes(
    rules: readonly (Loose<{ readonly name?: string; readonly match?: readonly HTTPMatchRequest[] }> | undefined)[] | undefined,
    service: IndexedKind<"VirtualService">,
    report: AnalysisReport,
): void {
    const seen = new Set<string>();
    const matches: PrefixMatch[] = [];
    let catchAll = false;
    (rules ?? []).forEach((rule, at) => {
        catchAll ||= rule !== undefined && !rule.match?.length;
        (catchAll ? [] : (rule?.match ?? [])).forEach((match, matchAt) => {
            const key = identity(match);
            const prefix = match && rule && !seen.has(key) ? prefixMatch(match, rule as Rule, at, matchAt) : undefined;
            seen.add(key);
            if (prefix) {
                matches.push(prefix);
            }
        });
    });
    matches.slice(0, MAX_COMPARED).forEach((earlier, position) =>
        matches.slice(position + 1).forEach((later) => {
            if (covers(earlier, later)) {
                report.istio(
                    "IST0131",
                    service,
                    later.field,
                    [
                        later.rule,
                        `${later.match} of prefix ${later.prefix}`,
                        `${earlier.match} of prefix ${earlier.prefix} on ${earlier.rule}`,
                    ],
                    "Put the longer prefix first.",
                );
            }
        }),
    );
}
