/** What components would make is held to the same rules as resources written by hand, and named by the argument it comes from. */
import { GROUP_OF_KIND, pathSegments, refOf, refText, validateObject, type Kind, type KubeObject } from "../../istio";
import { fault, type Fault } from "./faults";
import { isAtOrBelow, valueAt } from "./paths";
import { mentionsUnknown } from "./unknown";

/** An object to be made, and which argument a field of it comes from. */
export interface Candidate {
    readonly object: KubeObject;
    /** Undefined for a field that the component fills in itself. */
    readonly argumentOf: (field: string) => string | undefined;
}

function nameOf(object: KubeObject): string {
    const name = refText(refOf(object));
    return mentionsUnknown(name) ? object.kind : name;
}

function candidateFaults({ object, argumentOf }: Candidate): Fault[] {
    const errors = validateObject(object).findings.filter(({ level }) => level === "Error");
    return errors
        .filter(({ field }) => !mentionsUnknown(valueAt(object, pathSegments(field))))
        .map(({ code, field, message, fix }) => {
            const argument = argumentOf(field);
            return fault(code, argument ?? `${nameOf(object)} ${field}`, message, fix);
        });
}

export function objectFaults(candidates: readonly Candidate[]): Fault[] {
    return candidates.flatMap(candidateFaults);
}

/** `from` of the object is `to` of the arguments: `spec.http` is `http`. */
function fieldMap(pairs: readonly (readonly [from: string, to: string])[]): (field: string) => string | undefined {
    return (field) => {
        const pair = pairs.find(([from]) => isAtOrBelow(field, from));
        return pair && `${pair[1]}${field.slice(pair[0].length)}`;
    };
}

/** An object of Istio's; `pairs` as in fieldMap. */
export function istioCandidate(kind: Kind, made: object, pairs: readonly (readonly [from: string, to: string])[] = []): Candidate {
    return { object: { apiVersion: `${GROUP_OF_KIND[kind]}/v1`, kind, ...made } as KubeObject, argumentOf: fieldMap(pairs) };
}
