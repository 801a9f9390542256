/** What is done to whole hosts beside their routes, as entries. */
import { EDGE_SETTING_NAMES, type EdgeSettingName } from "../../../istio/semantics";
import type { EdgeEntry, EdgePart, EdgeParts } from "../../tables/edge";
import { EVERY_HOST } from "../../tables/error-pages";
import { distinctEntries, type SaidOf } from "../context/said";
import type { RedirectMapEntry } from "../../tables/redirects";
import type { EdgeRule, EdgeRules, EdgeSource } from "./model/edge";
import { originOf } from "./origin";

/** Undefined: nothing is said. */
export function edgeEntry(key: string, rules: EdgeRules): EdgeEntry | undefined {
    const parts = EDGE_SETTING_NAMES.flatMap((name) => {
        const part = partOf(name, rules);
        return part === undefined ? [] : [[name, part] as const];
    });
    const first = parts[0]?.[1];
    return first && { key, ...(Object.fromEntries(parts) as EdgeParts), origin: first.origin };
}

function partOf<K extends EdgeSettingName>(name: K, rules: EdgeRules): EdgePart<K> | undefined {
    const rule = rules[name] as EdgeRule<K> | undefined;
    return rule && { value: rule.value, origin: originOf(rule.subject, rule.field) };
}

/** Each once, and those of the whole gateway. */
export function edgeUses(said: readonly SaidOf<"edge">[], ofGateway: EdgeRules | undefined): readonly EdgeEntry[] {
    const whole = ofGateway && edgeEntry(EVERY_HOST, ofGateway);
    return distinctEntries(said, whole ? [whole] : []);
}

/** Those that a host looks into, each once. */
export function redirectMapUses(edges: readonly EdgeEntry[], source: EdgeSource): readonly RedirectMapEntry[] {
    const names = new Set(edges.flatMap(({ redirects }) => redirects?.value.configMaps ?? []));
    return [...names].flatMap((key) => {
        const rule = source.redirectMap(key);
        return rule === undefined ? [] : { key, redirects: rule.redirects, origin: originOf(rule.subject, "data") };
    });
}
