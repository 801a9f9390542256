/** How the gateway as a whole takes its clients. */
import type { GatewayOptions } from "../../../../istio/semantics";
import type { ObjectPlace } from "../../context/place";

export interface GatewayOptionRule {
    readonly options: GatewayOptions;
    /** What can't be read, and may keep somebody out: nobody is served. */
    readonly closedBy?: ObjectPlace;
}
