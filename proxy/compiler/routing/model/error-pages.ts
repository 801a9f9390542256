/** Error pages, and where they were written. */
import type { ErrorPageEntry } from "../../../tables/error-pages";
import type { ObjectPlace, Subject } from "../../context/place";

export interface ErrorPageRule extends ObjectPlace {
    readonly pages: readonly ErrorPageEntry[];
}

export interface ErrorPageSource {
    /** For whatever has none of its own. */
    ofGateway(): ErrorPageRule | undefined;
    /** Of an object with rules, for the hosts that they are for. */
    ofRules(subject: Subject): ErrorPageRule | undefined;
}
