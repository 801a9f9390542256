/** Names of objects that a local run adds: no object of the stack has them, nor another that is added. */
import { derivedNames, OBJECT_NAME, type KubeObject } from "../../istio";

export interface WantedName {
    readonly namespace: string;
    /** What the object is for, said so that nothing else is said alike. */
    readonly of: string;
    /** What it is called where nobody else is. */
    readonly plain: string;
}

/** In the order of what is wanted. */
export function localNames(kind: string, wanted: readonly WantedName[], objects: readonly KubeObject[]): string[] {
    const names = new Map<WantedName, string>();
    for (const namespace of new Set(wanted.map((one) => one.namespace))) {
        const own = wanted.filter((one) => one.namespace === namespace);
        const plain = new Map(own.map((one) => [one.of, one.plain]));
        const others = objects
            .filter((object) => object.kind === kind && (object.metadata.namespace ?? "default") === namespace)
            .map(({ metadata }) => metadata.name);
        const made = derivedNames(
            own.map((one) => one.of),
            (text) => plain.get(text) ?? "",
            OBJECT_NAME,
            others,
        );
        own.forEach((one, index) => names.set(one, made[index] ?? ""));
    }
    return wanted.map((one) => names.get(one) ?? "");
}
