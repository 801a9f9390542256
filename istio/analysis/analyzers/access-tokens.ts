/** GH0718: rules about tokens at gateways where no token is verified, or none of that issuer. */
import { shownText } from "../../shown";
import { accessOf, type GatewayGroup, type PolicyView } from "../access/access-index";
import { conditionsOfRule, isOfToken, type RuleCondition } from "../access/rules";
import { fitsText } from "../access/values";
import { requestPrincipalTest } from "../../semantics/authorization/values";
import type { ObjectIndex } from "../object-index";
import { nameList, type AnalysisReport } from "../report";

export function unverifiedTokens(index: ObjectIndex, report: AnalysisReport): void {
    if (accessOf(index).policies.length === 0) return;
    const issuers = new Map(accessOf(index).groups.map((group) => [group, issuersOf(group)]));
    for (const policy of accessOf(index).policies) {
        const groups = accessOf(index).groupsOf(policy);
        if (groups.length === 0 || policy.isDryRun) continue;
        const without = groups.filter((group) => issuers.get(group)?.length === 0);
        const known = without.length === 0 ? groups.flatMap((group) => issuers.get(group) ?? []) : [];
        for (const condition of policy.rules.flatMap(conditionsOfRule).filter(({ attribute }) => isOfToken(attribute))) {
            if (without.length > 0) reportMissing(policy, condition, without, report);
            else if (condition.attribute.kind === "request-principal") reportIssuers(policy, condition, known, report);
        }
    }
}

function issuersOf({ authentications }: GatewayGroup): string[] {
    return authentications.flatMap(({ usable }) =>
        (usable.spec?.jwtRules ?? []).flatMap((rule) => (rule === undefined ? [] : [rule.issuer ?? ""])),
    );
}

function reportMissing(policy: PolicyView, condition: RuleCondition, groups: readonly GatewayGroup[], report: AnalysisReport): void {
    const where = nameList(
        groups.flatMap(({ names }) => names),
        ", ",
    );
    const isWanted = condition.values.length > 0;
    report.own(
        "GH0718",
        policy.object,
        isWanted ? condition.valuesField : condition.notValuesField,
        `no RequestAuthentication verifies tokens at ${where}, so that no request has one: ${outcome(policy, isWanted)}`,
        "Add a RequestAuthentication with `jwtRules` for the same pods.",
    );
}

function outcome({ action }: PolicyView, isWanted: boolean): string {
    switch (action) {
        case "ALLOW":
            return isWanted ? "the rule lets nobody in" : "the condition holds for everybody, token or not";
        case "DENY":
            return isWanted ? "the rule denies nothing" : "the rule denies everybody that meets the rest of it";
        case "CUSTOM":
        case "AUDIT":
            return isWanted ? "the rule matches nothing" : "the condition holds for everybody";
        default:
            return action satisfies never;
    }
}

/** `issuer/subject`: the issuer is one of those that are known, or the value is met by nobody's token. */
function reportIssuers(policy: PolicyView, condition: RuleCondition, issuers: readonly string[], report: AnalysisReport): void {
    if (issuers.includes("")) return;
    condition.values.forEach((value, at) => {
        if (!issuers.some((issuer) => mayBeOf(value, issuer))) {
            report.own(
                "GH0718",
                policy.object,
                `${condition.valuesField}[${at}]`,
                `${shownText(value)} is nobody's: tokens are of ${nameList(
                    issuers.map((issuer) => shownText(issuer)),
                    ", ",
                )}, and a principal is the issuer, a slash and the subject`,
                "Write `<issuer>/*` for every subject of an issuer.",
            );
        }
    });
}

function mayBeOf(value: string, issuer: string): boolean {
    const test = requestPrincipalTest(value);
    return test.kind !== "principal" || fitsText(test.issuer, issuer);
}
