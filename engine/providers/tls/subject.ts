/** A subject as the tls provider takes it, as a distinguished name: one RDN a kind, in a fixed order. */
import type { PropertyMap } from "../../types";
import { InvalidInputs } from "../provider";

/** Input, attribute type, in the order that the provider writes them. */
const ATTRIBUTES: readonly (readonly [field: string, type: string])[] = [
    ["country", "2.5.4.6"],
    ["province", "2.5.4.8"],
    ["locality", "2.5.4.7"],
    ["streetAddresses", "2.5.4.9"],
    ["postalCode", "2.5.4.17"],
    ["organization", "2.5.4.10"],
    ["organizationalUnit", "2.5.4.11"],
    ["commonName", "2.5.4.3"],
    ["serialNumber", "2.5.4.5"],
    ["emailAddress", "1.2.840.113549.1.9.1"],
];

export type NameJson = Record<string, ({ printableString: string } | { utf8String: string } | { ia5String: string })[]>[];

export function nameJson(subject: PropertyMap): NameJson {
    const unknown = Object.keys(subject).find((field) => !ATTRIBUTES.some(([known]) => known === field));
    if (unknown !== undefined)
        throw new InvalidInputs(`subject.${unknown} is not known; a subject has ${ATTRIBUTES.map(([field]) => field).join(", ")}`);
    return ATTRIBUTES.flatMap(([field, type]) => {
        const values = textsOf(field, subject);
        return values.length === 0
            ? []
            : [{ [type]: values.map((value) => (field === "emailAddress" ? { ia5String: value } : directoryString(value))) }];
    });
}

function textsOf(field: string, subject: PropertyMap): string[] {
    const value = subject[field];
    if (value === undefined || value === null) return [];
    const values: unknown[] = Array.isArray(value) ? [...(value as readonly unknown[])] : [value];
    if (!values.every((one) => typeof one === "string")) throw new InvalidInputs(`subject.${field} must be text`);
    return values.filter((text) => text !== "");
}

/** PrintableString where its alphabet is enough (X.680 §41.4), else UTF-8. */
function directoryString(value: string): { printableString: string } | { utf8String: string } {
    return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value) ? { printableString: value } : { utf8String: value };
}
