/** What IstioCrds is given, as a type and as data. */
import type { ObjectFor } from "../schema";

/** The kinds that components make and the bundled proxy reads. */
export type IstioKind =
    | "Gateway"
    | "VirtualService"
    | "ServiceEntry"
    | "WorkloadEntry"
    | "DestinationRule"
    | "Sidecar"
    | "Telemetry"
    | "AuthorizationPolicy"
    | "RequestAuthentication";

export interface IstioCrdsArgs {
    /** Which of them. Default: all. */
    readonly kinds?: readonly IstioKind[];
    /**
     * Takes over definitions that an earlier stack left behind. Those of somebody else, as Istio's own, are never changed:
     * with or without this the update fails and says so. Default: false.
     */
    readonly adopt?: boolean;
}

export const ISTIO_CRDS: ObjectFor<IstioCrdsArgs> = {
    type: "object",
    name: "IstioCrdsArgs",
    doc: "The definitions of Istio's kinds, for a cluster that has no Istio.",
    fields: {
        kinds: {
            type: "list",
            decides: true,
            doc: "Which of them.",
            default: "all.",
            of: {
                type: "text",
                words: {
                    Gateway: "",
                    VirtualService: "",
                    ServiceEntry: "",
                    WorkloadEntry: "",
                    DestinationRule: "",
                    Sidecar: "",
                    Telemetry: "",
                    AuthorizationPolicy: "",
                    RequestAuthentication: "",
                },
                doc: "",
            },
        },
        adopt: {
            type: "flag",
            decides: true,
            doc: "Takes over definitions that an earlier stack left behind. Those of somebody else, as Istio's own, are never changed: with or without this the update fails and says so.",
            default: "false.",
        },
    },
};
