/** What this proxy's application may see and reach: what its Sidecar says, else what the mesh's configuration does. */
import { resolveShortName } from "../../../../istio/semantics";
import {
    EVERYTHING,
    importedHost,
    selectingSidecar,
    sidecarFor,
    type ImportedHost,
    type OutboundMode,
} from "../../../../istio/semantics/sidecars";
import type { Sidecar } from "../../../../istio/types";
import type { Placed } from "../../../resources/model";
import type { ObjectContext } from "../../context/objects";
import { fieldBelow, type Subject } from "../../context/place";
import type { RoutedDestination } from "../../routing/model/rules";

export interface EgressListener {
    readonly field: string;
    /** Undefined: each port of what it shows, but for those of listeners before it. */
    readonly port: number | undefined;
    /** As it was written. */
    readonly protocol: string;
    /** Empty: nothing is said. */
    readonly bind: string;
    /** Traffic is not turned round: the listener itself is open. */
    readonly isOpen: boolean;
    readonly hosts: readonly ImportedHost[];
}

export interface OutboundScope {
    /** Whose word it is. */
    readonly subject: Subject;
    readonly listeners: readonly EgressListener[];
    readonly mode: OutboundMode;
    readonly modeField: string;
    /** Where what nobody knows is sent instead of where it was meant for. */
    readonly egressProxy?: RoutedDestination;
}

type PlacedSidecar = Placed<"Sidecar">;

/** The Sidecar of this proxy's pod. Of a gateway only one that selects it. */
export function ownSidecar({ objects, settings }: ObjectContext): PlacedSidecar | undefined {
    if (settings.mode === "mesh") {
        const unread = objects.sidecars.get().find((one) => mayBeFor(one, settings.namespace));
        if (unread !== undefined) return unread;
    }
    const choose = settings.mode === "mesh" ? sidecarFor : selectingSidecar;
    return choose<PlacedSidecar>(
        objects.sidecars.get(),
        ({ ref, object }) => ({ namespace: ref.namespace, selector: object.spec.workloadSelector?.labels }),
        settings,
    );
}

/** Nobody knows whom it is for, so that it is for this one: what it keeps from an application is not let through. */
function mayBeFor({ ref, source }: PlacedSidecar, namespace: string): boolean {
    return source.isAnywhere === true || (source.isForAnyPod === true && ref.namespace === namespace);
}

export function outboundScope(context: ObjectContext): OutboundScope {
    const { settings } = context;
    const sidecar = ownSidecar(context);
    if (sidecar === undefined) {
        const subject = meshSubject(context);
        return { subject, listeners: [everything("")], mode: settings.outboundMode, modeField: "" };
    }
    const { egress, outboundTrafficPolicy: policy } = sidecar.object.spec;
    const proxy = policy?.egressProxy;
    const field = "spec.outboundTrafficPolicy";
    return {
        subject: sidecar,
        listeners: egress?.length
            ? egress.map((one, index) => listenerOf(one, fieldBelow("spec", "egress", index), sidecar.ref.namespace))
            : [everything("spec")],
        // Said without a mode it is that of the number 0.
        mode: policy === undefined ? settings.outboundMode : (policy.mode ?? "REGISTRY_ONLY"),
        modeField: policy === undefined ? "" : field,
        ...(proxy?.host
            ? {
                  egressProxy: {
                      host: resolveShortName(proxy.host, sidecar.ref.namespace, settings.domain),
                      ...(proxy.port?.number ? { port: proxy.port.number } : {}),
                      subset: proxy.subset ?? "",
                      field: `${field}.egressProxy`,
                  },
              }
            : {}),
    };
}

function everything(field: string): EgressListener {
    return { field, port: undefined, protocol: "", bind: "", isOpen: false, hosts: EVERYTHING };
}

function listenerOf(
    { port, bind, captureMode, hosts }: NonNullable<Sidecar["egress"]>[number],
    field: string,
    namespace: string,
): EgressListener {
    return {
        field,
        port: port?.number,
        protocol: port?.protocol ?? "",
        bind: bind ?? "",
        isOpen: captureMode === "NONE",
        hosts: (hosts ?? []).flatMap((text) => importedHost(text, namespace) ?? []),
    };
}

/** For what no object says: the mesh's configuration, whether it is there or not. */
export function meshSubject({ meshConfigs }: Pick<ObjectContext, "meshConfigs">): Subject {
    const config = meshConfigs.get()[0];
    const ref = { group: "", kind: "ConfigMap", namespace: "istio-system", name: "istio" } as const;
    if (config === undefined) return UNWRITTEN;
    const { namespace = "", name } = config.object.metadata;
    return { ref: { ...ref, namespace, name }, id: `${namespace}/${name}`, source: config };
}

const UNWRITTEN: Subject = {
    ref: { group: "", kind: "ConfigMap", namespace: "istio-system", name: "istio" },
    id: "istio-system/istio",
    source: { object: { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "istio-system", name: "istio" } } },
};
