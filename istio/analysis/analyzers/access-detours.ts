/** GH0722: rules that forbid something by its spelling, and other spellings that pass them. */
import { meshOf } from "../../semantics/root-namespace";
import { shownText } from "../../shown";
import { accessOf, type PolicyView } from "../access/access-index";
import { detoursOf, type PathNormalization } from "../access/detours";
import { conditionsOfRule, type RuleCondition } from "../access/rules";
import { valueFault } from "../access/value-faults";
import { textAt } from "../loose";
import type { ObjectIndex } from "../object-index";
import { nameList, type AnalysisReport } from "../report";

const NORMALIZATIONS: readonly PathNormalization[] = ["BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES", "NONE"];

export function detours(index: ObjectIndex, report: AnalysisReport): void {
    const said = textAt(meshOf(index.meshConfigMap), "pathNormalization", "normalization");
    const normalization = NORMALIZATIONS.find((one) => one === said) ?? "BASE";
    for (const policy of accessOf(index).policies) {
        if (policy.isDryRun || policy.action === "AUDIT" || accessOf(index).groupsOf(policy).length === 0) continue;
        for (const condition of policy.rules.flatMap(conditionsOfRule)) {
            const [written, field] = forbidding(policy, condition);
            const values = written.filter((value) => valueFault(condition.attribute, condition.name, value) === undefined);
            const open = detoursOf(condition.attribute, values, normalization);
            if (open.length === 0) continue;
            const listed = nameList(
                open.map(({ example, why }) => `${shownText(example)} (${why})`),
                ", ",
            );
            report.own("GH0722", policy.object, field, `${effect(policy)} ${listed}`, fix(policy, condition.attribute.kind, values));
        }
    }
}

/** The texts that keep somebody out: what a DENY or CUSTOM rule is about, and what an ALLOW rule leaves out. */
function forbidding(
    { action }: PolicyView,
    { values, notValues, valuesField, notValuesField }: RuleCondition,
): [readonly string[], string] {
    return action === "ALLOW" ? [notValues, notValuesField] : [values, valuesField];
}

function effect({ action }: PolicyView): string {
    switch (action) {
        case "ALLOW":
            return "the rule lets in what it leaves out, under another spelling:";
        case "CUSTOM":
            return "the provider is not asked about other spellings:";
        case "DENY":
        case "AUDIT":
            return "the rule is passed by other spellings:";
        default:
            return action satisfies never;
    }
}

function fix({ action }: PolicyView, attribute: string, values: readonly string[]): string {
    if (attribute === "host") {
        const exact = values.find((value) => !value.includes("*") && !value.includes(":"));
        return exact === undefined
            ? "Add the same hosts with each port that they are asked on, as `*.example.com:8443`."
            : `Add \`${exact}:*\`, which stands for every port.`;
    }
    if (attribute === "method") return `Add \`HEAD\`.`;
    return action === "ALLOW"
        ? "List what may pass in `paths` instead of what may not: an unknown spelling is refused then."
        : "Write an ALLOW policy of the paths that may pass: an unknown spelling is refused then.";
}
