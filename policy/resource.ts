/**
 * The resources that policies judge, whoever hands them over: the real engine by way of its policy pack, `gatehouse
 * check`, or a test. Plain data; what is secret is said by paths.
 */
import { secretTexts, type SecretSide } from "../istio";
import type { Mapping } from "./values";

/** One resource as an evaluation has it; all but its name may be missing. */
export interface ResourceData {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    /** The URN of its parent. */
    readonly parent?: string;
    /** Equal for resources of one cluster. */
    readonly cluster?: string;
    readonly inputs?: Mapping;
    readonly outputs?: Mapping;
    /** Paths as Pulumi writes them; what lies below is secret too. */
    readonly secretInputs?: readonly string[];
    readonly secretOutputs?: readonly string[];
}

/** One side of a resource. */
export interface Side {
    readonly values: Mapping;
    /** Undefined where whoever hands it over cannot tell. */
    readonly secretPaths: readonly string[] | undefined;
}

export interface Resource {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    /** False for what is there to be referred to only: a stack that another one builds on. */
    readonly judged: boolean;
    readonly parent?: string;
    /** Equal for resources of one cluster. May hold a secret: compared, and never shown. */
    readonly cluster?: string;
    readonly inputs: Side | undefined;
    readonly outputs: Side | undefined;
}

export function resourceOf(data: ResourceData, judged = true): Resource {
    return {
        urn: data.urn,
        type: data.type,
        name: data.name,
        judged,
        ...(data.parent === undefined ? {} : { parent: data.parent }),
        ...(data.cluster === undefined ? {} : { cluster: data.cluster }),
        inputs: data.inputs && { values: data.inputs, secretPaths: data.secretInputs ?? [] },
        outputs: data.outputs && { values: data.outputs, secretPaths: data.secretOutputs ?? [] },
    };
}

/** The texts that are secret in these resources. */
export function secretTextsOf(resources: readonly Resource[]): readonly string[] {
    const side = (one: Side | undefined): SecretSide | undefined => one && { values: one.values, secretPaths: one.secretPaths ?? [] };
    return secretTexts(
        resources.map(({ inputs, outputs, ...one }) => {
            const [before, after] = [side(inputs), side(outputs)];
            return { ...one, ...(before ? { inputs: before } : {}), ...(after ? { outputs: after } : {}) };
        }),
        { contentsAlways: true },
    );
}

/** Whether a path is one of these or lies below one. */
export function isBelow(path: string, roots: readonly string[]): boolean {
    return roots.some((root) => path === root || path.startsWith(`${root}.`) || path.startsWith(`${root}[`));
}
