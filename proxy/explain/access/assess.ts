/** The policies of a server in the order in which they are asked, up to the one that decides. */
import type { AccessEntry, Tables } from "../../tables";
import type { PolicyAnswer } from "./answer";
import { judgePolicy, unaskedPolicy, type AccessSubject } from "./judge";

/** Which pass ended it; undefined: none did. */
export type DecidedBy = "authentication" | "external" | "authorization" | undefined;

export interface Assessment {
    readonly policies: readonly PolicyAnswer[];
    /** The one that denies, or the last by which it is let in; undefined: none does, as where no ALLOW policy matches. */
    readonly decisive: PolicyAnswer | undefined;
}

/** What is decided before a policy is asked leaves it unasked. */
export function assess(
    entry: AccessEntry,
    { authorizations }: Pick<Tables, "authorizations">,
    subject: AccessSubject,
    about: "rules" | "connectionRules",
    decidedBy: DecidedBy,
): Assessment {
    const policies: PolicyAnswer[] = [];
    let decisive: PolicyAnswer | undefined;
    let isOpen = true;
    /** Those of a stage, up to the first that matches. */
    const ask = (keys: readonly string[]): PolicyAnswer | undefined => {
        let found: PolicyAnswer | undefined;
        for (const key of keys) {
            const policy = authorizations.get(key);
            if (policy === undefined) continue;
            const judged = isOpen && found === undefined ? judgePolicy(policy, policy[about], subject) : unaskedPolicy(policy);
            policies.push(judged);
            if (judged.matched === true && !judged.dryRun) found = judged;
        }
        return found;
    };
    const asking = entry.custom.map((key) => ask([key]));
    if (decidedBy === "external") decisive = asking.find((one) => one !== undefined);
    // Tokens are verified behind them.
    isOpen = decidedBy === undefined || decidedBy === "authorization";
    for (const key of entry.audit) ask([key]);
    const denying = ask(entry.deny);
    if (denying) {
        isOpen = false;
        decisive = denying;
    }
    for (const list of entry.allow) {
        const allowing = ask(list);
        if (!isOpen || list.every((key) => authorizations.get(key)?.dryRun !== false)) continue;
        decisive = allowing;
        isOpen = allowing !== undefined;
    }
    return { policies, decisive };
}
