/** GH0721: texts of AuthorizationPolicies that no request has, so that a rule matches nothing, or a condition demands nothing. */
import { didYouMean } from "../../did-you-mean";
import { isSubsetOf } from "../../semantics";
import type { Attribute } from "../../semantics/authorization";
import { hostTest } from "../../semantics/authorization/values";
import { asksClients } from "../../semantics/servers";
import { shownText } from "../../shown";
import { accessOf, type GatewayGroup, type PolicyView } from "../access/access-index";
import { conditionsOfRule, type RuleCondition } from "../access/rules";
import { valueFault } from "../access/value-faults";
import { isForGatewaysAlone } from "../access/workloads";
import type { ObjectIndex } from "../object-index";
import { nameList, type AnalysisReport } from "../report";

export function unmetValues(index: ObjectIndex, report: AnalysisReport): void {
    for (const policy of accessOf(index).policies) {
        const groups = accessOf(index).groupsOf(policy);
        const own = groups.length > 0 && isForGatewaysAlone(policy, groups, index) ? groups : undefined;
        for (const condition of policy.rules.flatMap(conditionsOfRule)) {
            const said = (field: string, message: string): void => report.own("GH0721", policy.object, field, message);
            if (own && isWithoutValue(condition, own)) {
                const isWanted = condition.values.length > 0;
                const why =
                    condition.attribute.kind === "source-principal"
                        ? `no server of ${nameList(names(own), ", ")} asks clients for a certificate, so that nobody has an identity`
                        : `no server of ${nameList(names(own), ", ")} is of TLS, so that no connection has a server name`;
                said(isWanted ? condition.valuesField : condition.notValuesField, `${why}: ${outcome(policy, isWanted)}`);
                continue;
            }
            eachValue(condition, (value, field, isWanted, isOnly) => {
                const why =
                    valueFault(condition.attribute, condition.name, value) ??
                    (own && isWanted ? unservedFault(condition.attribute, value, own) : undefined);
                if (why !== undefined) {
                    said(field, `${shownText(value)} is met by nothing: ${why}${isOnly ? `; ${outcome(policy, isWanted)}` : ""}`);
                }
            });
        }
    }
}

function eachValue(
    { values, notValues, valuesField, notValuesField }: RuleCondition,
    visit: (value: string, field: string, isWanted: boolean, isOnly: boolean) => void,
): void {
    values.forEach((value, at) => visit(value, `${valuesField}[${at}]`, true, values.length === 1));
    notValues.forEach((value, at) => visit(value, `${notValuesField}[${at}]`, false, notValues.length === 1));
}

/** What comes of a condition that nothing meets, or nothing fails. */
function outcome({ action }: PolicyView, isWanted: boolean): string {
    if (!isWanted) return "the condition holds for everybody";
    switch (action) {
        case "ALLOW":
            return "the rule lets nobody in";
        case "DENY":
            return "the rule denies nothing";
        case "CUSTOM":
            return "nothing is asked for by the rule";
        case "AUDIT":
            return "the rule marks nothing";
        default:
            return action satisfies never;
    }
}

function isWithoutValue({ attribute: { kind: what } }: RuleCondition, groups: readonly GatewayGroup[]): boolean {
    const servers = groups.flatMap((group) => group.servers);
    if (servers.length === 0) return false;
    if (what === "source-principal") return servers.every(({ mode }) => !asksClients(mode) && mode !== "ISTIO_MUTUAL");
    return what === "server-name" && servers.every(({ kind }) => kind === "http" || kind === "tcp");
}

/** A host or port that none of the gateways has. */
function unservedFault({ kind }: Attribute, value: string, groups: readonly GatewayGroup[]): string | undefined {
    if (kind === "host") return unservedHost(value, groups);
    return kind === "destination-port" ? unservedPort(value, groups) : undefined;
}

function unservedHost(value: string, groups: readonly GatewayGroup[]): string | undefined {
    const test = hostTest(value);
    const text = test.kind === "exact" || test.kind === "prefix" ? test.value.toLowerCase() : "";
    const host = text.replace(/:\d*$/, "");
    const servers = groups.flatMap((group) => group.servers).filter(({ kind: family }) => family === "http" || family === "https");
    if ((test.kind !== "exact" && !text.endsWith(":")) || servers.length === 0) return undefined;
    const hosts = servers.flatMap((server) => server.hosts);
    if (hosts.some((one) => isSubsetOf(host, one))) return undefined;
    const meant = didYouMean(host, hosts);
    return `no server of ${nameList(names(groups), ", ")} has this host${meant === undefined ? "" : `; is ${shownText(meant)} meant?`}`;
}

/** Rules see the port that the pods listen on, not the one of the Gateway or its Service. */
function unservedPort(value: string, groups: readonly GatewayGroup[]): string | undefined {
    const servers = groups.flatMap((group) => group.servers);
    const port = Number(value);
    if (servers.length === 0 || servers.some(({ listens }) => listens === undefined || listens.includes(port))) return undefined;
    const meant = servers.find((server) => server.port === port)?.listens;
    return meant === undefined
        ? `the pods of ${nameList(names(groups), ", ")} listen on ${nameList([...new Set(servers.flatMap(({ listens }) => listens ?? []))].map(String), ", ")}`
        : `rules see the port that the pods listen on, which is ${nameList(meant.map(String), ", ")} for ${port}`;
}

function names(groups: readonly GatewayGroup[]): string[] {
    return groups.flatMap((group) => group.names);
}
