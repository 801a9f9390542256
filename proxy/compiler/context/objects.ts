/** What translators share besides: the objects, kind by kind. Those that make tables never see them. */
import type { Model } from "../../resources/model";
import type { PlacedObject } from "../../resources/placed-object";
import type { Input } from "../graph/graph";
import type { CompilerContext } from "./context";

export type Objects = { readonly [K in keyof Model]: Input<Model[K]> };

export interface ObjectContext extends CompilerContext {
    readonly objects: Objects;
    /** ConfigMaps that configure the mesh, or this gateway alone. */
    readonly meshConfigs: Input<readonly PlacedObject[]>;
    /** ConfigMaps of redirects beside the gateway. */
    readonly redirectMaps: Input<readonly PlacedObject[]>;
}
