/**
 * Rules of many policies, of which the first that holds is asked for. Those that are for certain hosts only are found by the
 * host of the request, so that a thousand policies for a thousand hosts cost a request no more than its own.
 * Hot path: no allocation but a host's name.
 */
import { wireText } from "../../../istio/wire-text";
import { hostOf } from "../../tables";
import type { BoundTest } from "./attribute-tests";
import type { JudgedAccess } from "./judged";
import { ruleHolds, type BoundRule } from "./policy-rules";

interface Ranked {
    readonly rank: number;
    readonly rule: BoundRule;
}
type RankedList = readonly Ranked[];

export interface RuleSet {
    readonly rules: readonly BoundRule[];
    /** In order, as all lists here. */
    readonly everywhere: RankedList;
    /** By `hostOf` the authority: those that can only hold for it. */
    readonly byHost: ReadonlyMap<string, RankedList>;
    /** By the end of the authority in small letters, its port with it, from a dot on. */
    readonly bySuffix: ReadonlyMap<string, RankedList>;
    readonly longestSuffix: number;
}

export function bindRuleSet(rules: readonly BoundRule[]): RuleSet {
    const everywhere: Ranked[] = [];
    const byHost = new Map<string, Ranked[]>();
    const bySuffix = new Map<string, Ranked[]>();
    for (const [rank, rule] of rules.entries()) {
        const keys = hostKeys(rule);
        if (keys === undefined) everywhere.push({ rank, rule });
        for (const host of keys?.hosts ?? []) addTo(byHost, host, { rank, rule });
        for (const suffix of keys?.suffixes ?? []) addTo(bySuffix, suffix, { rank, rule });
    }
    let longestSuffix = 0;
    for (const suffix of bySuffix.keys()) longestSuffix = Math.max(longestSuffix, suffix.length);
    return { rules, everywhere, byHost, bySuffix, longestSuffix };
}

function addTo(index: Map<string, Ranked[]>, key: string, one: Ranked): void {
    const list = index.get(key);
    if (list === undefined) index.set(key, [one]);
    else list.push(one);
}

interface HostKeys {
    readonly hosts: ReadonlySet<string>;
    readonly suffixes: ReadonlySet<string>;
}

/** Under which keys every authority is found that the rule can hold for. Undefined: it can hold for any. */
function hostKeys({ to }: BoundRule): HostKeys | undefined {
    if (to.length === 0) return undefined;
    const hosts = new Set<string>();
    const suffixes = new Set<string>();
    for (const tests of to) {
        const test = tests.find(({ kind, values }) => kind === "host" && values !== undefined);
        if (test === undefined || !addKeys(test, hosts, suffixes)) return undefined;
    }
    return { hosts, suffixes };
}

/** False: the test fits hosts that no key can be made for. */
function addKeys({ entry }: BoundTest, hosts: Set<string>, suffixes: Set<string>): boolean {
    for (const value of entry.values) {
        const text = "value" in value && typeof value.value === "string" ? wireText(value.value) : "";
        // `shop.test:*`: the name ends where the port begins, in all that begin so.
        if (value.kind === "exact" || (value.kind === "prefix" && PORTED.test(text))) hosts.add(hostOf(text));
        else if (value.kind === "suffix" && text.startsWith(".")) suffixes.add(text.toLowerCase());
        else return false;
    }
    return true;
}

const PORTED = /^(?:[^[:][^:]*|\[[^\]]*\]):/;

/** The first, in order, that holds. */
export function firstRule(set: RuleSet, judged: JudgedAccess): BoundRule | undefined {
    let first = firstOf(set.everywhere, judged, undefined);
    if (set.byHost.size > 0) first = firstOf(set.byHost.get(hostOf(judged.authority)), judged, first);
    if (set.bySuffix.size > 0) {
        const authority = judged.authority.toLowerCase();
        const from = Math.max(0, authority.length - set.longestSuffix);
        for (let dot = authority.indexOf(".", from); dot !== -1; dot = authority.indexOf(".", dot + 1))
            first = firstOf(set.bySuffix.get(authority.slice(dot)), judged, first);
    }
    return first?.rule;
}

/** `known` holds: what stands behind it need not be looked at. */
function firstOf(list: RankedList | undefined, judged: JudgedAccess, known: Ranked | undefined): Ranked | undefined {
    if (list === undefined) return known;
    const end = known === undefined ? Number.POSITIVE_INFINITY : known.rank;
    for (let at = 0; at < list.length; at++) {
        const one = list[at]!;
        if (one.rank >= end) return known;
        if (ruleHolds(one.rule, judged)) return one;
    }
    return known;
}
