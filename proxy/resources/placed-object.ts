/** What sources hand on: objects with their places, and the files that objects name. */
import type { Place } from "../../istio/findings";
import type { KubeObject } from "../../istio/types";

/** An object, and where it was read. `istio`'s ParsedObject is one; objects from an API server have no place. */
export interface PlacedObject {
    readonly object: KubeObject;
    readonly place?: Place;
    /** The place of a field such as `spec.servers[0]`. */
    readonly placeOf?: (field: string) => Place;
    /** An object that has never been good. A policy: whatever it says of itself, it restricts whom it could be for. */
    readonly isClosed?: true;
    /** And not even its namespace is known. */
    readonly isAnywhere?: true;
    /** Of a Sidecar: which pods of its namespace it is for could not be read. */
    readonly isForAnyPod?: true;
    /** Why nothing of a VirtualService, or of a DestinationRule, can be served: the requests for its hosts are refused. */
    readonly refused?: string;
}

/** A mounted file that a Gateway or DestinationRule names, as it was read last. */
export type FileContent = { readonly text: string } | { readonly error: string };
