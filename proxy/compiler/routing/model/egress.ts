/** What leads outside: through which forward proxies, to which of its addresses, and who may. */
import type { SourceSelector } from "../../../../istio/semantics";

export interface EgressTerms {
    /** Owners of servers. */
    readonly proxies: readonly string[];
    /** Ranges of inner addresses that its names may have. */
    readonly innerAddresses: readonly string[];
    /** Its names may have no other inner address. */
    readonly isGuarded: boolean;
    /** There are no addresses but those of the name that is asked for. */
    readonly isAskedByName: boolean;
    /** Absent: everybody. */
    readonly allowFrom?: readonly SourceSelector[];
}

/** What is asked is read through the graph. */
export interface WorkloadSource {
    /** Of those that any of the terms selects, in order; an address that two workloads claim is of both or of none. */
    addressesOf(terms: readonly SourceSelector[]): readonly string[];
}
