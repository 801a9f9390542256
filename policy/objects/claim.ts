/** What an object takes for itself, so that two of them can be seen to take the same. */
import type { Thing } from "../thing";

export interface HostClaim {
    readonly thing: Thing;
    readonly field: string;
    /** Claims with the same key meet. */
    readonly key: string;
    /** What is claimed, as messages say it. */
    readonly what: string;
    /** Where the values of two claims differ, they exclude each other. */
    readonly value: string;
    /** Whether two claims of the same value exclude each other too. */
    readonly exclusive: boolean;
}
