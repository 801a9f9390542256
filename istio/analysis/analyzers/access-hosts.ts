/** GH0714: hosts that a gateway serves and that its ALLOW policies name nowhere: they are denied to everybody. */
import { isWildcard, suffixPatterns } from "../../semantics";
import { accessOf, type ReachedServer, type PolicyView } from "../access/access-index";
import type { RuleCondition, StatedRule } from "../access/rules";
import { coversValue, fitsText } from "../access/values";
import type { TextTest } from "../../semantics/authorization";
import { textTest } from "../../semantics/authorization/values";
import { gatewaysOf } from "../bindings";
import { addTo } from "../../lists-by-key";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import { nameList, type AnalysisReport } from "../report";

export function forgottenHosts(index: ObjectIndex, report: AnalysisReport): void {
    let routed: ReadonlyMap<IndexedKind<"Gateway">, readonly IndexedKind<"VirtualService">[]> | undefined;
    if (accessOf(index).policies.length === 0) return;
    for (const group of accessOf(index).groups) {
        const allowing = group.policies.filter(({ action, isDryRun }) => action === "ALLOW" && !isDryRun);
        // Who allows nothing at all, or names no host, means every host.
        const isMeant = allowing.length === 0 || allowing.some(({ rules }) => rules.length === 0);
        if (isMeant || !allowing.some(({ rules }) => rules.some(namesHosts))) continue;
        routed ??= routesByGateway(index);
        const allowed = new AllowedHosts(allowing);
        if (allowed.isAny) continue;
        for (const gateway of group.gateways) {
            const served = hostsServed(gateway, group.servers, routed.get(gateway) ?? []);
            const denied = served.filter((host) => !allowed.may(host));
            if (denied.length > 0) report.own("GH0714", gateway, "", message(denied, allowing), fix(denied));
        }
    }
}

function message(denied: readonly string[], allowing: readonly PolicyView[]): string {
    const names = nameList(
        allowing.map(({ name }) => name),
        ", ",
    );
    return `${nameList(denied, ", ")}: every request is denied, for ${names} ${allowing.length === 1 ? "allows" : "allow"} other hosts only, and what no ALLOW policy allows is denied`;
}

function fix([host = ""]: readonly string[]): string {
    return `Allow them too, as by \`hosts: ["${host}", "${host}:*"]\`; or forbid by DENY policies, which leave other hosts alone.`;
}

function namesHosts({ to }: StatedRule): boolean {
    return to.length > 0 && to.every((conditions) => conditions.some(isOfHost));
}

function isOfHost({ attribute }: RuleCondition): boolean {
    return attribute.kind === "host";
}

/** The hosts that some ALLOW rule could let in. */
class AllowedHosts {
    /** Some rule is for any host, or for all but a few. */
    readonly isAny: boolean;
    readonly #exact = new Set<string>();
    readonly #patterns: TextTest[] = [];

    constructor(policies: readonly PolicyView[]) {
        const choices = policies.flatMap(({ rules }) => rules).flatMap(({ to }) => (to.length === 0 ? [[]] : to));
        this.isAny = choices.some((conditions) => conditions.every((one) => !isOfHost(one) || one.values.length === 0));
        for (const value of choices
            .flat()
            .filter(isOfHost)
            .flatMap(({ values }) => values)) {
            const test = textTest(value.toLowerCase());
            if (test.kind === "exact") this.#exact.add(test.value.replace(/:\d+$/, ""));
            else if (test.kind === "prefix" && test.value.endsWith(":")) this.#exact.add(test.value.slice(0, -1));
            else this.#patterns.push(test);
        }
    }

    may(host: string): boolean {
        if (!isWildcard(host)) return this.#exact.has(host) || this.#patterns.some((one) => fitsText(one, host));
        // Of a wildcard some hosts may be allowed.
        const wide = textTest(host);
        return (
            this.#patterns.some((one) => one.kind !== "suffix" || coversValue(one, wide) || coversValue(wide, one)) ||
            [...this.#exact].some((one) => fitsText(wide, one))
        );
    }
}

function routesByGateway(index: ObjectIndex): Map<IndexedKind<"Gateway">, IndexedKind<"VirtualService">[]> {
    const routed = new Map<IndexedKind<"Gateway">, IndexedKind<"VirtualService">[]>();
    for (const service of index.of("VirtualService")) for (const gateway of gatewaysOf(service, index)) addTo(routed, gateway, service);
    return routed;
}

/** The hosts of what is routed; of a server without any route its own, where they are names. */
function hostsServed(
    gateway: IndexedKind<"Gateway">,
    servers: readonly ReachedServer[],
    services: readonly IndexedKind<"VirtualService">[],
): string[] {
    const own = new Set(
        servers
            .filter((server) => server.gateway === gateway && (server.kind === "http" || server.kind === "https"))
            .flatMap(({ hosts }) => hosts),
    );
    const isServed = (host: string): boolean => own.has(host) || own.has("*") || suffixPatterns(host).some((pattern) => own.has(pattern));
    const routed = services
        .flatMap(({ usable }) => usable.spec?.hosts ?? [])
        .flatMap((host) => (host === undefined ? [] : [host.toLowerCase()]))
        .filter((host) => host !== "*" && isServed(host));
    return [...new Set([...routed, ...[...own].filter((host) => !isWildcard(host))])].sort();
}
