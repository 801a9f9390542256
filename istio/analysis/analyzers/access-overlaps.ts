/** GH0712 and GH0713: rules that change nothing, because of others for the same gateway. */
import { appliesTo } from "../../semantics/policy-scope";
import { addTo } from "../../lists-by-key";
import { accessOf, type GatewayGroup, type PolicyView } from "../access/access-index";
import { coversRule, excludesRule, type RuleOf } from "../access/comparison";
import { RuleIndex } from "../access/rule-index";
import type { AuthorizationRuleTests } from "../../semantics/authorization";
import { isForGatewaysAlone } from "../access/workloads";
import type { ObjectIndex } from "../object-index";
import { nameList, type AnalysisReport } from "../report";

type Action = PolicyView["action"];

/** What is in force in a group, by action. */
interface InForce {
    readonly group: GatewayGroup;
    readonly indexes: ReadonlyMap<Action, RuleIndex>;
}

export function overlaps(index: ObjectIndex, report: AnalysisReport): void {
    const access = accessOf(index);
    if (access.policies.length === 0) return;
    const inForce = new Map(access.groups.map((group) => [group, rulesInForce(group)]));
    for (const policy of access.policies) {
        const groups = access.groupsOf(policy).flatMap((group) => inForce.get(group) ?? []);
        if (groups.length === 0 || policy.isDryRun || policy.action === "AUDIT" || !policy.reading) continue;
        // Elsewhere it may say something that nobody else says.
        const isAlone = isForGatewaysAlone(policy, access.groupsOf(policy), index);
        for (const rule of policy.reading.rules) reportRule({ policy, rule }, groups, isAlone, report);
    }
}

function rulesInForce(group: GatewayGroup): InForce {
    const policies = group.policies.filter((policy) => !policy.isDryRun);
    const rules = new Map<Action, RuleOf[]>();
    for (const policy of policies) {
        for (const rule of policy.reading?.rules ?? []) addTo(rules, policy.action, { policy, rule });
    }
    return { group, indexes: new Map([...rules].map(([action, own]) => [action, new RuleIndex(own)])) };
}

function reportRule(own: RuleOf, groups: readonly InForce[], isAlone: boolean, report: AnalysisReport): void {
    const { policy, rule } = own;
    const where = nameList(
        groups.flatMap(({ group }) => group.names),
        ", ",
    );
    const denying = policy.action === "ALLOW" ? everywhere(groups, (one) => coveringOf(one, "DENY", own)) : undefined;
    if (denying) {
        report.own(
            "GH0712",
            policy.object,
            rule.field,
            `lets nobody in: ${naming(denying)} denies all of it at ${where}`,
            "Leave out of one what the other is for.",
        );
        return;
    }
    const same = isAlone ? everywhere(groups, (one) => coveringOf(one, policy.action, own, own)) : undefined;
    if (same) {
        report.own("GH0713", policy.object, rule.field, `adds nothing: ${naming(same)} says as much at ${where}`, "Remove it.");
        return;
    }
    if (isAlone && policy.action === "DENY" && groups.every((one) => isClosedFor(policy, one) && isNeverAllowed(one, rule))) {
        report.own(
            "GH0713",
            policy.object,
            rule.field,
            `adds nothing: no ALLOW policy of ${where} lets in what it denies`,
            "Keep it where it is to hold whatever is allowed later.",
        );
    }
}

/** The same answer of all of them, the first one's; undefined: one of them has none. */
function everywhere(groups: readonly InForce[], ask: (one: InForce) => RuleOf | undefined): RuleOf | undefined {
    const answers = groups.map(ask);
    return answers.every((answer) => answer !== undefined) ? answers[0] : undefined;
}

/** Another rule of an action that covers this one. Of two that say the same the later one is too much. */
function coveringOf({ indexes, group }: InForce, action: Action, { policy, rule }: RuleOf, own?: RuleOf): RuleOf | undefined {
    return indexes
        .get(action)
        ?.near(rule)
        .find(
            (one) =>
                one.rule !== rule &&
                one.policy.provider === (own ?? one).policy.provider &&
                coversRule(one.rule, rule) &&
                isForTheSame(one.policy, policy, group) &&
                (own === undefined || !coversRule(rule, one.rule) || isBefore(one, own)),
        );
}

/** Whether one is for every pod that another is for; of pods that are nowhere to be seen, whether they could. */
function isForTheSame(one: PolicyView, other: PolicyView, { pods, root }: GatewayGroup): boolean {
    const [its, own] = [one.object.ref.namespace, other.object.ref.namespace];
    if (pods.length === 0) return its === root || (its === own && one.attachment.kind === other.attachment.kind);
    return pods.every(({ namespace, labels }) => {
        const workload = { namespace, labels, gateway: { namespace: "", name: "" } };
        return !appliesTo(other.attachment, own, workload, root) || appliesTo(one.attachment, its, workload, root);
    });
}

/** Some ALLOW policy is there for all whom a policy is for: what none names is denied. */
function isClosedFor(policy: PolicyView, { group }: InForce): boolean {
    return group.policies.some((one) => one.action === "ALLOW" && !one.isDryRun && isForTheSame(one, policy, group));
}

function isBefore(one: RuleOf, other: RuleOf): boolean {
    if (one.policy === other.policy) return one.rule.index < other.rule.index;
    return one.policy.name < other.policy.name;
}

/** Where nothing at all is allowed there is no rule to speak of, and of a policy that can't be read nobody knows what it allows. */
function isNeverAllowed({ group, indexes }: InForce, rule: AuthorizationRuleTests): boolean {
    const isRead = group.policies.every(({ action, isDryRun, reading }) => action !== "ALLOW" || isDryRun || reading !== undefined);
    const met = isRead ? indexes.get("ALLOW")?.together(rule) : undefined;
    return met?.every((one) => excludesRule(one.rule, rule)) ?? false;
}

function naming({ policy, rule }: RuleOf): string {
    return `${policy.name} ${rule.field}`;
}
