/** What IstioCrds is given. */

/** The kinds that components make and the bundled proxy reads. */
export type IstioKind = "Gateway" | "VirtualService" | "ServiceEntry" | "DestinationRule" | "Sidecar" | "Telemetry";

export interface IstioCrdsArgs {
    /** Which of them. Default: all. */
    readonly kinds?: readonly IstioKind[];
    /**
     * Takes over definitions that an earlier stack left behind. Those of somebody else, as Istio's own, are never changed:
     * with or without this the update fails and says so. Default: false.
     */
    readonly adopt?: boolean;
}
