/** Rules are tried in their order: what stands behind one that takes everything is never reached. */
import type { Checks } from "../check";
import { rulesOf, type RuleView } from "../objects/virtual-service";
import { fault, type Thing } from "../thing";
import { at, entries, items, UNKNOWN } from "../values";

/** Conditions that every request meets, as far as they go. */
function isEmpty(block: unknown): boolean {
    return (
        block !== UNKNOWN &&
        entries(block).every(([name, value]) => {
            if (name === "name" || name === "statPrefix" || name === "ignoreUriCase") return true;
            return name === "uri" ? at(value, "prefix") === "/" || at(value, "regex") === ".*" : false;
        })
    );
}

function takesAll({ value, protocol }: RuleView): boolean {
    const match = at(value, "match");
    if (protocol === "tls" || match === UNKNOWN) return false;
    return match === undefined || items(match).length === 0 || items(match).some(isEmpty);
}

function unreachable(thing: Thing, rules: readonly RuleView[]): ReturnType<typeof fault>[] {
    const last = rules.findIndex(takesAll);
    const taker = rules[last];
    return taker === undefined
        ? []
        : rules
              .slice(last + 1)
              .map(({ field }) => fault(thing, field, `is never reached: ${taker.field} takes every request. Put it before that one.`));
}

export const routeUnreachable: Checks<"route-unreachable"> = {
    resource: (thing) => {
        const rules = rulesOf(thing);
        return (["http", "tcp"] as const).flatMap((protocol) =>
            unreachable(
                thing,
                rules.filter((rule) => rule.protocol === protocol),
            ),
        );
    },
};
