/** The register of a deployment's resources, sealed as they came; evaluated ones are made from it at the end. */
import type { Place } from "../../istio/findings";
import type { SecretBearer } from "../../istio/secret-texts";
import type { CallbackProto } from "../sdk";
import type { EvaluatedOptions, EvaluatedResource, PropertyMap } from "../types";
import { openMap, secretPaths } from "../values/envelopes";

export interface RegisteredResource {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly custom: boolean;
    readonly external: boolean;
    readonly parent?: string;
    readonly provider?: string;
    readonly options: EvaluatedOptions;
    readonly place?: Place;
    /** Run for every descendant too. */
    readonly transforms: readonly CallbackProto.Callback[];
    inputs: PropertyMap;
    /** Absent until it is made. */
    id?: string;
    outputs: PropertyMap;
    /** False until it is made: a resource whose making failed is not part of the evaluation. */
    made: boolean;
}

export function evaluated(resource: RegisteredResource): EvaluatedResource {
    return {
        urn: resource.urn,
        type: resource.type,
        name: resource.name,
        custom: resource.custom,
        ...(resource.id !== undefined ? { id: resource.id } : {}),
        ...(resource.parent !== undefined ? { parent: resource.parent } : {}),
        ...(resource.provider !== undefined ? { provider: resource.provider } : {}),
        external: resource.external,
        inputs: openMap(resource.inputs),
        outputs: openMap(resource.outputs),
        secretInputs: secretPaths(resource.inputs),
        secretOutputs: secretPaths(resource.outputs),
        options: resource.options,
        ...(resource.place !== undefined ? { place: resource.place } : {}),
    };
}

/** A resource as it came, made or not. */
export function asSecretBearer({ urn, type, parent, inputs, outputs }: RegisteredResource): SecretBearer {
    return {
        urn,
        type,
        ...(parent === undefined ? {} : { parent }),
        inputs: { values: openMap(inputs), secretPaths: secretPaths(inputs) },
        outputs: { values: openMap(outputs), secretPaths: secretPaths(outputs) },
    };
}
