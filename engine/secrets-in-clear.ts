/**
 * Looks through a whole evaluation for secrets that stand somewhere unmarked. Marks are easily lost on the way from a
 * key to the object that needs it, and what is not marked goes to the state, the diff and the log in clear.
 */
import type { EvaluatedResource, Evaluation, PropertyMap } from "./types";
import { leaves, type Leaf } from "./values/leaves";

export interface Leak {
    readonly urn: string;
    /** Which side of the resource. */
    readonly side: "inputs" | "outputs";
    readonly path: string;
}

/** A shorter text is found by chance. */
const SHORTEST = 6;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/;

/** Where a secret value, or any private key, stands in clear; in order of the resources. */
export function secretsInClear(evaluation: Pick<Evaluation, "resources">): Leak[] {
    const all = evaluation.resources.flatMap(sides);
    const secrets = new Set(all.flatMap(({ map, secretPaths }) => directSecrets(map, secretPaths)));
    const forms = [...secrets].flatMap((secret) => [secret, Buffer.from(secret).toString("base64"), JSON.stringify(secret).slice(1, -1)]);
    return all.flatMap(({ urn, side, map, secretPaths }) =>
        leaves(map)
            .filter((leaf) => !isBelow(leaf, secretPaths) && shows(leaf.value, forms))
            .map(({ path }) => ({ urn, side, path })),
    );
}

interface Side {
    readonly urn: string;
    readonly side: "inputs" | "outputs";
    readonly map: PropertyMap;
    readonly secretPaths: readonly string[];
}

function sides(resource: EvaluatedResource): Side[] {
    return [
        { urn: resource.urn, side: "inputs", map: resource.inputs, secretPaths: resource.secretInputs },
        { urn: resource.urn, side: "outputs", map: resource.outputs, secretPaths: resource.secretOutputs },
    ];
}

/**
 * The texts that are secret by themselves. A map may be secret because of one of its entries, as a Secret's data with
 * the certificate beside the key: what is in it is taken for secret only if it is a key.
 */
function directSecrets(map: PropertyMap, secretPaths: readonly string[]): string[] {
    return leaves(map)
        .filter(({ path, value }) => (secretPaths.includes(path) && value.length >= SHORTEST) || PRIVATE_KEY.test(value))
        .map(({ value }) => value);
}

function isBelow(leaf: Leaf, secretPaths: readonly string[]): boolean {
    return secretPaths.some((path) => leaf.path === path || leaf.path.startsWith(`${path}.`) || leaf.path.startsWith(`${path}[`));
}

function shows(value: string, secrets: readonly string[]): boolean {
    return (
        PRIVATE_KEY.test(value) ||
        PRIVATE_KEY.test(Buffer.from(value, "base64").toString("latin1")) ||
        secrets.some((secret) => value.includes(secret))
    );
}
