/** What IstioCrds is given. */

/** The kinds that components make and the bundled proxy reads. */
export type IstioKind = "Gateway" | "VirtualService" | "ServiceEntry" | "DestinationRule" | "Sidecar" | "Telemetry";

export interface IstioCrdsArgs {
    /** Which of them. Default: all. */
    readonly kinds?: readonly IstioKind[];
    /**
     * Takes definitions that are in the cluster already into the stack, as they are and without changing them: those that
     * an earlier stack left behind. Without it they are an error, so that Istio's own are never overwritten. Default: false.
     */
    readonly adopt?: boolean;
}
