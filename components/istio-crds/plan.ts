/** What IstioCrds decides before anything is made: which definitions there are and what they are called, and what is wrong with its arguments. */
import { GROUP_OF_KIND } from "../../istio";
import { fault, mentionsUnknown, type Fault, type Judged, type Taken } from "../arguments";
import { shapeFaults } from "../schema";
import { ISTIO_CRDS, type IstioCrdsArgs, type IstioKind } from "./schema";

interface KindNames {
    readonly plural: string;
    readonly shortNames: readonly string[];
    /** Beside the age. */
    readonly columns: readonly (readonly [name: string, jsonPath: string])[];
}

export const NAMES: Readonly<Record<IstioKind, KindNames>> = {
    Gateway: { plural: "gateways", shortNames: ["gw"], columns: [] },
    VirtualService: {
        plural: "virtualservices",
        shortNames: ["vs"],
        columns: [
            ["Gateways", ".spec.gateways"],
            ["Hosts", ".spec.hosts"],
        ],
    },
    ServiceEntry: {
        plural: "serviceentries",
        shortNames: ["se"],
        columns: [
            ["Hosts", ".spec.hosts"],
            ["Location", ".spec.location"],
            ["Resolution", ".spec.resolution"],
        ],
    },
    WorkloadEntry: {
        plural: "workloadentries",
        shortNames: ["we"],
        columns: [["Address", ".spec.address"]],
    },
    DestinationRule: { plural: "destinationrules", shortNames: ["dr"], columns: [["Host", ".spec.host"]] },
    Sidecar: { plural: "sidecars", shortNames: [], columns: [] },
    Telemetry: { plural: "telemetries", shortNames: ["telemetry"], columns: [] },
    AuthorizationPolicy: { plural: "authorizationpolicies", shortNames: ["ap"], columns: [["Action", ".spec.action"]] },
    RequestAuthentication: { plural: "requestauthentications", shortNames: ["ra"], columns: [] },
};
export const ISTIO_KINDS = Object.keys(NAMES) as readonly IstioKind[];

export function crdName(kind: IstioKind): string {
    return `${NAMES[kind].plural}.${GROUP_OF_KIND[kind]}`;
}

export interface IstioCrdsPlan {
    readonly kinds: readonly IstioKind[];
}

function crdsFaults(kinds: readonly IstioKind[], adopt: boolean | undefined): Fault[] {
    const known = ISTIO_KINDS as readonly string[];
    const wrong = kinds.flatMap((kind, index) => {
        if (mentionsUnknown(kind))
            return [fault("GH0210", `kinds[${index}]`, "this says which resources there are, and is not known yet.", "Give it as it is.")];
        if (!known.includes(kind))
            return [fault("GH0210", `kinds[${index}]`, `${JSON.stringify(kind)} is not one of ${known.join(", ")}.`)];
        return kinds.indexOf(kind) === index ? [] : [fault("GH0210", `kinds[${index}]`, `${kind} is named twice.`)];
    });
    return [...wrong, ...shapeFaults({ adopt }, ISTIO_CRDS)];
}

export function judgeIstioCrds({ kinds = ISTIO_KINDS, adopt }: IstioCrdsArgs): Judged<IstioCrdsPlan> {
    return { faults: crdsFaults(kinds, adopt), plan: { kinds }, sound: true };
}

export function takenByIstioCrds({ kinds }: IstioCrdsPlan): Taken {
    return { names: kinds.map((kind, index) => ({ kind: "CustomResourceDefinition", name: crdName(kind), path: `kinds[${index}]` })) };
}
