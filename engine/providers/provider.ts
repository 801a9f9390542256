/** What a provider does for the engine. Values stay sealed: a provider opens a secret only to use it. */
import type { Autonaming } from "../project/autonaming";
import type { PropertyMap } from "../types";
import type { StackState } from "../state/store";

/** Inputs that a provider does not take; the message is a sentence about the fields. */
export class InvalidInputs extends Error {}

/** Something that needs what is deployed, or a part of the provider that is not here. */
export class NotInEngine extends Error {}

export interface ProviderRequest {
    readonly urn: string;
    /** The URN first, then its aliases. */
    readonly urns: readonly string[];
    readonly type: string;
    readonly name: string;
    readonly inputs: PropertyMap;
    /** The provider resource's own inputs, opened. */
    readonly settings: PropertyMap;
    readonly state: StackState;
    /** How objects of this type are called that have no name. */
    readonly autonaming: Autonaming;
}

export interface Created {
    readonly id: string;
    readonly outputs: PropertyMap;
}

export interface Provider {
    /** The first part of its types: `tls`. */
    readonly name: string;
    /** Fills in what the provider fills in and refuses what it refuses. */
    check(request: ProviderRequest): PropertyMap;
    /** Makes the resource from checked inputs. */
    create(request: ProviderRequest): Promise<Created> | Created;
    /** Answers a function, or throws NotInEngine. */
    invoke(token: string, args: PropertyMap, settings: PropertyMap): PropertyMap;
}
