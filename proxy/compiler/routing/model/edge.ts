/** What is done to whole hosts beside their routes, and where it was written. */
import type { EdgeSettingName, EdgeSettings } from "../../../../istio/semantics";
import type { RedirectEntry } from "../../../tables/redirects";
import type { ObjectPlace, Subject } from "../../context/place";

export type EdgeRules = { readonly [K in EdgeSettingName]?: EdgeRule<K> };

export interface EdgeRule<K extends EdgeSettingName> extends ObjectPlace {
    readonly value: EdgeSettings[K];
}

export interface EdgeSource {
    /** For whatever has none of its own. */
    ofGateway(): EdgeRules | undefined;
    /** Of an object with rules, for the hosts that they are for. */
    ofRules(subject: Subject): EdgeRules | undefined;
    /** Redirects that stand in an object of their own, by its name. */
    redirectMap(name: string): RedirectMapRule | undefined;
}

export interface RedirectMapRule {
    readonly subject: Subject;
    readonly redirects: readonly RedirectEntry[];
}
