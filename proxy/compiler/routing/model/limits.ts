/** Limits, and where they were written. */
import type { RateLimitEntry } from "../../../tables/limits";
import type { ObjectPlace, Subject } from "../../context/place";

export interface LimitRule extends ObjectPlace {
    readonly rates: readonly RateLimitEntry[];
    readonly maxConcurrent?: number;
    /** It can't be read. */
    readonly refused?: string;
}

export interface LimitSource {
    /** For all that the gateway serves: each of them counts. */
    ofGateway(): readonly LimitRule[];
    /** Of an object with rules, for the hosts that they are for. */
    ofRules(subject: Subject): LimitRule | undefined;
}
