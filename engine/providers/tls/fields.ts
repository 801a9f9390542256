/** Reads typed inputs; what is missing or of another type is named. No value is ever repeated: it may be a key. */
import type { PropertyMap } from "../../types";
import { isMap } from "../../values/envelopes";
import { InvalidInputs } from "../provider";

export class TlsFields {
    readonly #map: PropertyMap;

    constructor(map: PropertyMap) {
        this.#map = map;
    }

    has(field: string): boolean {
        return this.#map[field] !== undefined && this.#map[field] !== null;
    }

    text(field: string): string {
        const value = this.optionalText(field);
        if (value === undefined) throw new InvalidInputs(`Missing required argument: ${field}`);
        return value;
    }

    optionalText(field: string): string | undefined {
        if (!this.has(field)) return undefined;
        const value = this.#map[field];
        if (typeof value !== "string") throw this.#wrong(field, "text");
        return value;
    }

    /** Pulumi's providers take numbers in quotes too. */
    number(field: string, otherwise?: number): number {
        if (!this.has(field)) {
            if (otherwise === undefined) throw new InvalidInputs(`Missing required argument: ${field}`);
            return otherwise;
        }
        const value = Number(this.#map[field]);
        if (!Number.isFinite(value)) throw this.#wrong(field, "a number");
        return value;
    }

    flag(field: string): boolean {
        const value = this.#map[field] ?? false;
        if (value === "true" || value === "false") return value === "true";
        if (typeof value !== "boolean") throw this.#wrong(field, "true or false");
        return value;
    }

    texts(field: string): string[] {
        const value = this.#map[field] ?? [];
        if (!Array.isArray(value)) throw this.#wrong(field, "a list of text");
        const texts: unknown[] = [...(value as readonly unknown[])];
        if (!texts.every((one) => typeof one === "string")) throw this.#wrong(field, "a list of text");
        return texts;
    }

    map(field: string): PropertyMap {
        const value = this.#map[field] ?? {};
        if (!isMap(value)) throw this.#wrong(field, "an object");
        return value;
    }

    #wrong(field: string, wanted: string): InvalidInputs {
        return new InvalidInputs(`${field} must be ${wanted}`);
    }
}
