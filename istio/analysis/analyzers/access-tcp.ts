/** GH0723: rules about requests, at servers that pass connections on: a DENY closes more than it names, an ALLOW lets nobody in. */
import { accessOf, type GatewayGroup, type ReachedServer, type PolicyView } from "../access/access-index";
import { conditionsOfRule, type RuleCondition, type StatedRule } from "../access/rules";
import type { ObjectIndex } from "../object-index";
import { nameList, type AnalysisReport } from "../report";

export function rulesOnTcp(index: ObjectIndex, report: AnalysisReport): void {
    if (accessOf(index).policies.length === 0) return;
    for (const group of accessOf(index).groups) {
        const servers = group.servers.filter(({ kind }) => kind !== "http" && kind !== "https");
        const policies = servers.length === 0 ? [] : group.policies.filter(({ isDryRun }) => !isDryRun);
        for (const policy of policies.filter(({ action }) => action === "DENY")) {
            for (const rule of policy.rules) reportDenied(policy, rule, servers, report);
        }
        reportNotAllowed(group, policies, servers, report);
    }
}

function reportDenied(policy: PolicyView, rule: StatedRule, servers: readonly ReachedServer[], report: AnalysisReport): void {
    const dropped = droppedFrom(rule);
    const met = servers.filter((server) => meetsServer(rule, server, false));
    if (dropped.length === 0 || met.length === 0) return;
    const rest = closesAll(rule) ? "closes every connection of" : "holds for all connections that meet the rest of it, at";
    report.own(
        "GH0723",
        policy.object,
        rule.field,
        `what only requests have (${nameList(dropped, ", ")}) is left out of a DENY rule on TCP, which ${rest} ${serverList(met)}`,
        "Name the ports that are meant in `ports`, or select the gateway of those servers by labels of its own.",
    );
}

/** Connections that no ALLOW rule can let in, though there are some. */
function reportNotAllowed(
    group: GatewayGroup,
    policies: readonly PolicyView[],
    servers: readonly ReachedServer[],
    report: AnalysisReport,
): void {
    const allowing = policies.filter(({ action }) => action === "ALLOW");
    // Who allows nothing at all means it.
    if (allowing.length === 0 || allowing.some(({ rules }) => rules.length === 0)) return;
    const closed = servers.filter(
        (server) => !allowing.some(({ rules }) => rules.some((rule) => droppedFrom(rule).length === 0 && meetsServer(rule, server, true))),
    );
    if (closed.length === 0) return;
    for (const policy of allowing) {
        const fields = [...new Set(policy.rules.flatMap(droppedFrom))];
        if (fields.length === 0) continue;
        report.own(
            "GH0723",
            policy.object,
            "spec.rules",
            `an ALLOW rule with what only requests have (${nameList(fields, ", ")}) matches no connection of TCP, and no other rule lets any in: all are closed at ${serverList(closed)}`,
            "Add a rule for them by what connections have: `ports`, `ipBlocks`, `principals`.",
        );
    }
}

/** What a rule loses on TCP. */
function droppedFrom(rule: StatedRule): string[] {
    return [...new Set(conditionsOfRule(rule).flatMap(({ isHttp, name }) => (isHttp ? [name] : [])))];
}

/** Nothing but ports is left where what only requests have is left out. */
function closesAll({ from, to, when }: StatedRule): boolean {
    const isOpen = (conditions: readonly RuleCondition[]): boolean =>
        conditions.every(({ isHttp, attribute }) => isHttp || attribute.kind === "destination-port");
    return (from.length === 0 || from.some(isOpen)) && (to.length === 0 || to.some(isOpen)) && isOpen(when);
}

/** As far as its ports say; `otherwise` where nobody knows what the pods listen on. */
function meetsServer({ to, when }: StatedRule, { listens }: ReachedServer, otherwise: boolean): boolean {
    const meets = (conditions: readonly RuleCondition[]): boolean =>
        conditions.every(({ attribute, values, notValues }) => {
            if (attribute.kind !== "destination-port") return true;
            if (listens === undefined) return otherwise;
            return listens.map(String).some((one) => (values.length === 0 || values.includes(one)) && !notValues.includes(one));
        });
    return (to.length === 0 || to.some(meets)) && meets(when);
}

function serverList(servers: readonly ReachedServer[]): string {
    return nameList(
        servers.map(({ gateway, port, field }) => `Gateway ${gateway.ref.namespace}/${gateway.ref.name} ${field} (port ${port})`),
        ", ",
    );
}
