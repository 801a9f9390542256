/** What is done to whole hosts beside their routes. */
import type { EdgeSettingName, EdgeSettings } from "../../istio/semantics";
import type { Origin } from "./origin";

/** Of one object. Key: `VirtualService shop/web`; of the whole gateway `EVERY_HOST`. */
export interface EdgeEntry extends EdgeParts {
    readonly key: string;
    readonly origin: Origin;
}

export type EdgeParts = { readonly [K in EdgeSettingName]?: EdgePart<K> };

/** A setting, and where it was written. */
export interface EdgePart<K extends EdgeSettingName> {
    readonly value: EdgeSettings[K];
    readonly origin: Origin;
}
